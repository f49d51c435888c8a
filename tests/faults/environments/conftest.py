"""One laptop and one machine for all tests in here: what each of them breaks heals again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.environments.faulty_index import FaultyIndex
from tests.faults.environments.yard import Yard
from tests.fleet_of_namespaces.cluster import Cluster
from tests.fleet_of_namespaces.fixtures import new_cluster
from tests.fleet_of_namespaces.machine import Machine
from tests.provisioning.package_index import being_served

SLOTS = 12


@pytest.fixture(scope="package")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyIndex]:
    """What the laptop's pip is set up to ask."""
    with being_served(FaultyIndex(tmp_path_factory.mktemp("index"))) as index:
        yield index


@pytest.fixture(scope="package")
def laptop_and_fleet(
    tmp_path_factory: pytest.TempPathFactory, index: FaultyIndex
) -> Iterator[Cluster]:
    """The laptop, whose operator has patience with the index for one further try."""
    with new_cluster(tmp_path_factory.mktemp("yard"), "the tests of environments") as cluster:
        cluster.laptop.variables |= {
            "PIP_INDEX_URL": index.url,
            "PIP_CONFIG_FILE": "/dev/null",
            "PIP_RETRIES": "1",
        }
        yield cluster


def make_yard(cluster: Cluster, index: FaultyIndex, machine: Machine) -> Yard:
    """Put the machine to work; it has uv then, and its cache is warm."""
    yard = Yard(cluster, index, machine)
    cluster.write_ssh_files()
    cluster.register(machine, options=("--slots", str(SLOTS)))
    cluster.laptop.clearq("worker", "set", machine.name, "--mode", "venv")
    yard.package("warm")
    yard.check_completed(yard.enqueue("warm"))
    return yard


@pytest.fixture(scope="package")
def yard(laptop_and_fleet: Cluster, index: FaultyIndex) -> Yard:
    """A machine that reaches nothing but the laptop."""
    return make_yard(laptop_and_fleet, index, laptop_and_fleet.fleet.machine("yard"))
