"""From `clearq enqueue` beside an environment.yml to a command on a machine that has no route."""

from __future__ import annotations

from pathlib import Path

import pytest

from clearq_tui.model import TaskState
from clearq_tui.store import Store, tasks
from tests.conda.archives import Channel, File, Package
from tests.conda.conftest import DATA, TOOL
from tests.fleet_of_namespaces.cluster import Cluster
from tests.fleet_of_namespaces.machine import Machine

NEWER = Package("data", "2.0", {"share/data.txt": File(b"second\n")}, noarch="generic")


@pytest.fixture
def machine(cluster: Cluster) -> Machine:
    """One whose worker makes conda environments, and that has no conda."""
    machine = cluster.fleet.machine()
    cluster.add(machine)
    cluster.laptop.clearq("worker", "set", machine.name, "--mode", "conda")
    cluster.wait_until_online(machine)
    return machine


@pytest.mark.needs_root
def test_whole(cluster: Cluster, machine: Machine, tmp_path: Path) -> None:
    channel = Channel(tmp_path / "on-laptop")
    channel.add(DATA, TOOL)
    project = tmp_path / "project"
    project.mkdir()
    (project / "environment.yml").write_text(
        f"channels: [{channel.url}, nodefaults]\ndependencies: [tool]\nvariables: {{SEED: 7}}\n"
    )
    command = ("sh", "-c", 'tool; echo "$SEED"')
    first = cluster.enqueue(machine, command, directory=project)
    cluster.wait_for_state(first, TaskState.COMPLETED, seconds=60)
    log = cluster.wait_for_whole_log(first).decode()
    assert log.endswith("first\n7\n")
    assert "the rattler of the laptop" in log

    channel.add(NEWER)
    clone = int(cluster.laptop.clearq("task", "clone", str(first), "--queue", machine.name))
    cluster.wait_for_state(clone, TaskState.COMPLETED, seconds=60)
    assert cluster.wait_for_whole_log(clone).decode().endswith("first\n7\n")
    anew = cluster.enqueue(machine, command, directory=project)
    cluster.wait_for_state(anew, TaskState.COMPLETED, seconds=60)
    assert cluster.wait_for_whole_log(anew).decode().endswith("second\n7\n")

    (project / "environment.yml").write_text(
        f"channels: [{channel.url}, nodefaults]\ndependencies: [tool=9]\n"
    )
    hopeless = cluster.enqueue(machine, command, directory=project)
    cluster.wait_for_state(hopeless, TaskState.FAILED, seconds=60)
    with Store.open(cluster.laptop.home.database) as store:
        task = tasks.get(store, hopeless)
    assert task is not None
    assert "cannot be solved for linux-64" in task.reason
    assert "tool 9.*" in task.reason
