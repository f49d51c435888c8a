"""What tests ask for to get machines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fleet_of_namespaces.availability import why_unavailable
from tests.fleet_of_namespaces.cluster import Cluster
from tests.fleet_of_namespaces.fleet import Fleet
from tests.fleet_of_namespaces.laptop import Laptop

skipped: list[str] = []
"""Names of the tests that had no fleet; for the line at the end of the run."""


@pytest.fixture
def fleet(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Fleet]:
    """An empty fleet: `fleet.machine()` switches a machine on."""
    if why := why_unavailable():
        skipped.append(request.node.nodeid)
        pytest.skip(f"no fleet of machines: {why}")
    directory = tmp_path / "fleet"
    directory.mkdir()
    with Fleet(directory) as machines:
        yield machines


@pytest.fixture
def cluster(fleet: Fleet, tmp_path: Path) -> Iterator[Cluster]:
    """A laptop with nothing registered yet, and an empty fleet."""
    with Laptop(tmp_path / "laptop") as laptop:
        yield Cluster(laptop, fleet)
