"""A machine for every test, once for each Python."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agent.forker import Forker


@pytest.fixture
def python() -> str:
    """The Python of a test that does not ask for every one."""
    return sys.executable


@pytest.fixture
def forker(python: str, tmp_path: Path) -> Iterator[Forker]:
    """Forks runners under `python`."""
    with Forker(python, tmp_path / "root") as forker:
        yield forker


def pytest_report_header() -> str:
    """Say on which Pythons the agent is run."""
    from tests.agent.interpreters import interpreters  # looking for them takes a moment

    return "agent on Python " + ", ".join(interpreters())
