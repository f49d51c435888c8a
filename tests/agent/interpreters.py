"""Runs a script that uses the agent under every Python on which the agent must work."""

from __future__ import annotations

import functools
import os
import subprocess
from pathlib import Path
from typing import Final

import pytest

from tests.fleet_of_namespaces.pythons import find_python

VERSIONS: Final = ("3.8", "3.9", "3.10", "3.11", "3.12", "3.13")
HOUSE: Final = Path(__file__).parents[2]
PATIENCE: Final = 60.0
"""Seconds for one script."""


@functools.cache
def interpreters() -> dict[str, Path]:
    """By minor version, those that PATH or pyenv offers."""
    found = {version: find_python(version) for version in VERSIONS}
    return {version: path for version, path in found.items() if path is not None}


def on_every_python() -> pytest.MarkDecorator:
    """Gives a test the parameter `python`; a version that is not here is skipped, and said."""
    present = interpreters()
    return pytest.mark.parametrize(
        "python",
        [
            pytest.param(
                str(present.get(version)),
                id=version,
                marks=() if version in present else pytest.mark.skip(reason="no such Python here"),
            )
            for version in VERSIONS
        ],
    )


def run_script(python: str, script: Path, *arguments: str | Path) -> str:
    """What the script prints, run as the agent is: alone with the standard library."""
    done = subprocess.run(
        [python, "-IS", "-W", "error", script, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
        env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "HOUSE": str(HOUSE)},
    )
    assert done.returncode == 0, f"{script.name} under {python}:\n{done.stdout}{done.stderr}"
    return done.stdout
