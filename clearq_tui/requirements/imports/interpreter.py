"""The Python that the operator uses, and how to ask it something."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from clearq_tui.requirements.failure import RequirementsError
from clearq_tui.requirements.tree import Tree

_PATIENCE = 60.0
"""Seconds. An environment of hundreds of packages on a slow disk takes a few."""


@dataclass(frozen=True)
class Interpreter:
    """A Python of the operator's."""

    path: Path
    because: str
    """Why it is this one, to be said when it fails."""

    def run(self, program: str, text: str, *, accept_failure: bool = False) -> str | None:
        """What a program prints when it is given a text; None for a failure that is accepted.

        Raises:
            RequirementsError: the interpreter does not start, fails or does not end.
        """
        try:
            done = subprocess.run(
                [self.path, "-c", program],
                input=text.encode(),
                capture_output=True,
                cwd="/",  # the working directory would be searched for modules
                timeout=_PATIENCE,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise RequirementsError(
                f"{self.path} ({self.because}) does not run: {error}."
            ) from error
        if done.returncode == 0:
            return done.stdout.decode("utf-8")
        if accept_failure:
            return None
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise RequirementsError(
            f"{self.path} ({self.because}) failed when it was asked for its packages: "
            f"{said[-1] if said else f'exit status {done.returncode}'}."
        )


def operators_interpreter(tree: Tree, environment: Mapping[str, str]) -> Interpreter | None:
    """The active virtual environment, one in the tree, conda's, or the `python3` of PATH.

    Raises:
        RequirementsError: an environment is said to be active but is not there.
    """
    if active := environment.get("VIRTUAL_ENV"):
        return _must_be(Path(active), "VIRTUAL_ENV")
    for level in tree.levels():
        for name in (".venv", "venv"):
            python = level / name / "bin" / "python"
            if python.is_file() and (level / name / "pyvenv.cfg").is_file():
                return Interpreter(python, f"the environment in {level}")
    if active := environment.get("CONDA_PREFIX"):
        return _must_be(Path(active), "CONDA_PREFIX")
    path = environment.get("PATH", os.defpath)
    found = shutil.which("python3", path=path) or shutil.which("python", path=path)
    return Interpreter(Path(found), "the first on PATH") if found else None


def _must_be(prefix: Path, variable: str) -> Interpreter:
    python = prefix / "bin" / "python"
    if not python.is_file():
        raise RequirementsError(
            f"{variable} says {prefix}, but there is no {python}; deactivate that environment."
        )
    return Interpreter(python, variable)
