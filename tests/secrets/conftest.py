"""A machine with a daemon for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agent_daemon.agent import Agent


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[Agent]:
    """A running daemon."""
    with Agent(tmp_path / "clearq" / "store" / "machine") as running:
        yield running
