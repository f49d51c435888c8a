"""Fixtures for tests of results."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.agent_daemon.agent import Agent, Laptop
from tests.agent_daemon.conftest import agent

__all__ = ["agent"]


@pytest.fixture
def laptop(agent: Agent) -> Iterator[Laptop]:
    """A link to the daemon."""
    with agent.attached(1) as attached:
        yield attached
