"""The machine's disk fills up: in the middle of a blob, and in the middle of a build."""

from __future__ import annotations

import base64
import os

import pytest

from tests.faults.environments.conftest import make_yard
from tests.faults.environments.faulty_index import FaultyIndex
from tests.faults.environments.yard import Yard
from tests.fleet_of_namespaces.cluster import Cluster
from tests.fleet_of_namespaces.machine_options import MachineOptions

MEBIBYTE = 1 << 20
DISK = 224 * MEBIBYTE
"""Enough for uv, packed and unpacked, and for the packages below."""
SIZE = 32 * MEBIBYTE


@pytest.fixture(scope="module")
def small(laptop_and_fleet: Cluster, index: FaultyIndex) -> Yard:
    """A machine with little room on its disk."""
    machine = laptop_and_fleet.fleet.machine("small", MachineOptions(home_bytes=DISK))
    return make_yard(laptop_and_fleet, index, machine)


def free(yard: Yard) -> int:
    found = os.statvfs(yard.machine.path("."))
    return found.f_bavail * found.f_frsize


def fill(yard: Yard, left: int) -> None:
    """Leave so many bytes free."""
    with yard.machine.path("filler").open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, free(yard) - left)


def make_room(yard: Yard) -> None:
    yard.machine.path("filler").unlink()


def test_in_the_middle_of_a_blob(small: Yard) -> None:
    data = base64.b64encode(os.urandom(SIZE * 3 // 4)).decode()
    small.package("dblob", {"dblob/data": data})
    fill(small, SIZE // 2)
    task = small.enqueue("dblob")
    reason = small.reason(task)
    assert "No space left on device" in reason
    small.check_nothing_is_left()
    assert free(small) > SIZE // 2 - MEBIBYTE
    make_room(small)
    small.retry(task)
    small.check_completed(task, attempt=2)


def test_in_the_middle_of_a_build(small: Yard) -> None:
    """What is there already goes on being of use."""
    small.compressible("dbuild", SIZE)
    fill(small, SIZE // 2)
    task = small.enqueue("dbuild")
    reason = small.reason(task)
    assert reason.startswith("packages: ")
    assert "No space left on device" in reason
    assert "make room on it and run the task again" in reason
    small.check_nothing_is_left()
    assert free(small) > SIZE // 2 - MEBIBYTE
    small.check_completed(small.enqueue("warm"))
    make_room(small)
    small.retry(task)
    small.check_completed(task, attempt=2)
    small.check_nothing_is_left()
