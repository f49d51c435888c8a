"""What tests ask for to get machines."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.fleet_of_namespaces.availability import why_unavailable
from tests.fleet_of_namespaces.cluster import Cluster
from tests.fleet_of_namespaces.fleet import Fleet
from tests.fleet_of_namespaces.laptop import Laptop
from tests.fleet_of_namespaces.machine import Machine
from tests.fleet_of_namespaces.machine_options import MachineOptions

skipped: list[str] = []
"""Names of the tests that had no fleet; for the line at the end of the run."""

lacking: set[str] = set()
"""What kept single machines from being made; for another such line."""


@contextmanager
def new_fleet(directory: Path, who: str) -> Iterator[Fleet]:
    """An empty fleet for the test `who`, or a skip that is remembered."""
    if why := why_unavailable():
        skipped.append(who)
        pytest.skip(f"no fleet of machines: {why}")
    place = directory / "fleet"
    place.mkdir()
    with Fleet(place) as machines:
        yield machines


@contextmanager
def new_cluster(directory: Path, who: str) -> Iterator[Cluster]:
    """A laptop with nothing registered yet, and an empty fleet."""
    with new_fleet(directory, who) as machines, Laptop(directory / "laptop") as laptop:
        yield Cluster(laptop, machines)


@pytest.fixture
def fleet(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Fleet]:
    """An empty fleet: `fleet.machine()` switches a machine on."""
    with new_fleet(tmp_path, request.node.nodeid) as machines:
        yield machines


@pytest.fixture
def cluster(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """A laptop with nothing registered yet, and an empty fleet: `cluster.fleet`."""
    with new_cluster(tmp_path, request.node.nodeid) as made:
        yield made


def machine_or_skip(fleet: Fleet, options: MachineOptions, name: str = "") -> Machine:
    """A machine of this kind, or a skip that is remembered where the system lacks something."""
    if why := options.lacks():
        lacking.add(why)
        pytest.skip(why)
    return fleet.machine(name, options)
