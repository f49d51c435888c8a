"""Twenty machines behind a bastion with sshd's stock limits."""

from __future__ import annotations

from clearq_tui.model import TaskState
from tests.fleet_of_namespaces.cluster import Cluster
from tests.fleet_of_namespaces.machine_options import MachineOptions

CROWD = 20


def test_crowd_behind_a_stock_bastion(cluster: Cluster) -> None:
    fleet = cluster.fleet
    bastion = fleet.machine("bastion")
    crowd = [fleet.machine(f"inner{n}", MachineOptions(behind=bastion)) for n in range(CROWD)]
    cluster.add(*crowd)
    tasks = [cluster.enqueue(machine, ("hostname",)) for machine in crowd]
    for machine, task in zip(crowd, tasks, strict=True):
        cluster.wait_for_state(task, TaskState.COMPLETED, seconds=60)
        assert cluster.wait_for_whole_log(task).decode() == f"{machine.name}\n"
    assert bastion.sshd_log().count("Accepted publickey") == 1
    assert bastion.processes("remote_agent") == []
