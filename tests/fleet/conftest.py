"""Fixtures that all tests of the fleet may use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fleet.sshd import Sshd


@pytest.fixture
def sshd(tmp_path: Path) -> Iterator[Sshd]:
    """A plain server with one account: ours."""
    with Sshd(tmp_path / "sshd") as server:
        yield server
