"""A machine and an index for every test."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.python_environments.index import Index
from tests.python_environments.machine import Machine, machine_of
from tests.python_environments.wheels import Package


@pytest.fixture
def python() -> str:
    """The agent's Python in a test that does not ask for every one."""
    return sys.executable


@pytest.fixture
def tool() -> str:
    """What a test installs with that does not ask for both."""
    return "uv"


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    """An index with alpha, which needs beta, and gamma, which needs nothing."""
    files = tmp_path / "index"
    Package(
        "alpha",
        requires=["beta>=1"],
        scripts=["alpha-tool = alpha:main"],
        files={
            "alpha/__init__.py": "import sys\nversion = '1.0'\n"
            "def main():\n    print('alpha-tool', sys.prefix)\n",
            "alpha-1.0.data/data/share/alpha/data.txt": "shared data",
            "alpha-1.0.data/scripts/alpha-shell": "#!/bin/sh\necho shell\n",
        },
    ).wheel(files)
    for name, version in (("beta", "1.0"), ("beta", "2.0"), ("gamma", "1.0")):
        Package(name, version).wheel(files)
    with Index(files) as index:
        yield index


@pytest.fixture(autouse=True)
def unsettled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that whoever runs the tests has told uv or pip."""
    for name in list(os.environ):
        if name.startswith(("UV_", "PIP_", "XDG_")):
            monkeypatch.delenv(name)


@pytest.fixture
def machine(python: str, tool: str, tmp_path: Path, index: Index) -> Iterator[Machine]:
    """A machine that reaches the index."""
    with machine_of(python, tmp_path / "root", index, tool) as machine:
        yield machine
