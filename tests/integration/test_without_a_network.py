"""Machines that reach nothing but the laptop, and that only because the laptop has reached them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from clearq_tui.model import TaskState
from tests.fleet_of_namespaces.cluster import Cluster
from tests.fleet_of_namespaces.machine import Machine
from tests.integration.test_code import git
from tests.python_environments.index import Index
from tests.python_environments.wheels import Package

SHOW = "import alpha, beta; print('environments' in beta.__file__)"


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    """An index on the laptop's loopback, where no machine can see it."""
    files = tmp_path / "index"
    Package("alpha", requires=["beta"]).wheel(files)
    Package("beta").wheel(files)
    with Index(files) as index:
        yield index


@pytest.fixture
def machine(cluster: Cluster, index: Index) -> Machine:
    """A machine without any route, whose worker makes virtual environments."""
    cluster.laptop.variables |= {"PIP_INDEX_URL": index.url, "PIP_CONFIG_FILE": "/dev/null"}
    machine = cluster.fleet.machine()
    cluster.add(machine)
    cluster.laptop.clearq("worker", "set", machine.name, "--mode", "venv")
    cluster.wait_until_online(machine)
    facts = json.loads(cluster.laptop.clearq("machine", "show", machine.name, "--json"))["facts"]
    assert facts["has_route"] is False
    return machine


def test_packages_come_through_the_link_and_travel_once(
    cluster: Cluster, machine: Machine, index: Index
) -> None:
    first = cluster.enqueue(machine, ("python", "-c", SHOW), "--package", "alpha")
    cluster.wait_for_state(first, TaskState.COMPLETED)
    log = cluster.wait_for_whole_log(first).decode()
    assert log.endswith("True\n")
    assert "from the laptop" in log
    downloads = index.downloads()
    assert [name.split("-")[0] for name in downloads] == ["alpha", "beta"]
    names = [step["name"] for step in cluster.show(first)["attempts"][0]["steps"]]
    assert names[-1] == "packages"
    again = cluster.enqueue(machine, ("python", "-c", SHOW), "--package", "alpha")
    cluster.wait_for_state(again, TaskState.COMPLETED)
    assert index.downloads() == downloads
    steps = cluster.show(again)["attempts"][0]["steps"]
    assert [step["failed"] for step in steps] == [False] * len(steps)


def test_a_package_that_does_not_exist_is_named_and_nothing_starts(
    cluster: Cluster, machine: Machine
) -> None:
    task = cluster.enqueue(machine, ("true",), "--package", "never-was")
    cluster.wait_for_state(task, TaskState.FAILED)
    shown = cluster.show(task)
    assert "never-was" in shown["reason"]
    assert shown["attempts"][0]["started_at"] is None


def test_the_laptop_clones_for_a_machine_that_cannot(
    cluster: Cluster, machine: Machine, tmp_path: Path
) -> None:
    inner, server = tmp_path / "inner", tmp_path / "server"
    for place in (inner, server):
        place.mkdir()
        git(place, "init", "-q", "-b", "main")
        (place / "file").write_text(f"of {place.name}\n")
        git(place, "add", ".")
        git(place, "commit", "-qm", "First")
    git(server, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(inner), "lib")
    git(server, "commit", "-qm", "With a submodule")
    options = ("--clone", str(server), "--ref", "main", "--mode", "host")
    look = ("sh", "-c", "cat file lib/file; git log -1 --format=%s")
    task = int(cluster.laptop.clearq("enqueue", "--queue", machine.name, *options, "--", *look))
    cluster.wait_for_state(task, TaskState.COMPLETED)
    assert (
        cluster.wait_for_whole_log(task)
        .decode()
        .endswith("of server\nof inner\nWith a submodule\n")
    )
