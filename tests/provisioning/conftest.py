"""A home, an errand whose pip and uv are told nothing by this machine, and an index."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from clearq_tui.paths import Home
from clearq_tui.provisioning import Errand, Target
from clearq_tui.provisioning.target import FoundPython
from tests.provisioning.package_index import PackageIndex, serving


@dataclass
class Told:
    """An errand, and what it has said."""

    errand: Errand
    said: list[str] = field(default_factory=list)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.create()
    return home


@pytest.fixture
def told(home: Home, tmp_path: Path) -> Told:
    said: list[str] = []
    variables = {
        name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_"))
    }
    variables |= {
        "PIP_CONFIG_FILE": "/dev/null",
        "PIP_NO_CACHE_DIR": "1",
        "PIP_RETRIES": "0",
        "UV_CACHE_DIR": str(tmp_path / "uv-cache"),
        "UV_HTTP_RETRIES": "0",
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
    }
    return Told(Errand(home, "lab-a", said.append, environment=variables), said)


@pytest.fixture
def errand(told: Told) -> Errand:
    return told.errand


@pytest.fixture
def index(tmp_path: Path) -> Iterator[PackageIndex]:
    with serving(tmp_path / "index") as index:
        yield index


@pytest.fixture
def arm() -> Target:
    """A machine of another kind than any laptop that runs these tests."""
    return Target("Linux", "aarch64", "glibc", (2, 28), (FoundPython("3.10", "/usr/bin/python3"),))
