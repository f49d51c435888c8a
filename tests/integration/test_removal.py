"""A removed machine is as it was before."""

from __future__ import annotations

from clearq_tui.model import TaskState
from tests.fleet_of_namespaces.cluster import Cluster
from tests.fleet_of_namespaces.machine import Machine


def left_behind(machine: Machine) -> set[str]:
    """Every file of the account's outside what the kernel makes up."""
    places = (machine.options.home, "/tmp", "/var/tmp", "/run", "/dev/shm")
    return set(machine.run("find", *places, "-user", "ada").splitlines())


def test_removed_machine_keeps_nothing(cluster: Cluster) -> None:
    machine = cluster.fleet.machine()
    before = left_behind(machine)
    cluster.add(machine)
    task = cluster.enqueue(machine, ("true",))
    cluster.wait_for_state(task, TaskState.COMPLETED)
    cluster.wait_for_whole_log(task)
    cluster.laptop.clearq("machine", "remove", machine.name)
    cluster.wait(lambda: not machine.processes("remote_agent"), "the agent to end")
    cluster.wait(
        lambda: machine.name not in {listed["name"] for listed in cluster.listed_machines()},
        "the machine to be gone from the list",
    )
    share = {f"{machine.options.home}/.local", f"{machine.options.home}/.local/share"}
    assert left_behind(machine) - before - share == set()
