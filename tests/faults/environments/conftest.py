"""One laptop and one machine for all tests in here: what each of them breaks heals again."""

from __future__ import annotations

import platform
import zipfile
from collections.abc import Iterator
from importlib import metadata

import pytest
from uv import find_uv_bin

from tests.faults.environments.faulty_index import FaultyIndex
from tests.faults.environments.pythons import LIST
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
        put_uv_on(index)
        yield index


def put_uv_on(index: FaultyIndex) -> None:
    """Where there is none, clearq packs its own, which takes seconds."""
    version = metadata.version("uv")
    stem = f"uv-{version}"
    wheel = index.directory / f"{stem}-py3-none-musllinux_1_1_{platform.machine()}.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_STORED) as archive:
        archive.write(find_uv_bin(), f"{stem}.data/scripts/uv")
        about = f"Metadata-Version: 2.1\nName: uv\nVersion: {version}\n"
        archive.writestr(f"{stem}.dist-info/METADATA", about)
        archive.writestr(f"{stem}.dist-info/WHEEL", "Wheel-Version: 1.0\n")
        archive.writestr(f"{stem}.dist-info/RECORD", "")


@pytest.fixture(scope="package")
def laptop_and_fleet(
    tmp_path_factory: pytest.TempPathFactory, index: FaultyIndex
) -> Iterator[Cluster]:
    """The laptop, whose operator has patience with the index for one further try.

    Of builds of Python, its uv knows those that `tests.faults.environments.pythons` offers.
    """
    with new_cluster(tmp_path_factory.mktemp("yard"), "the tests of environments") as cluster:
        cluster.laptop.variables |= {
            "PIP_INDEX_URL": index.url,
            "PIP_CONFIG_FILE": "/dev/null",
            "PIP_RETRIES": "1",
            "UV_PYTHON_DOWNLOADS_JSON_URL": str(index.directory / LIST),
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
