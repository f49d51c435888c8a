"""The link is cut in mid-task, both ways and each way alone, and healed: nothing is lost."""

from __future__ import annotations

from typing import get_args

from clearq_tui.model import LinkState, TaskState
from tests.fleet_of_namespaces.cluster import Cluster
from tests.fleet_of_namespaces.ledger import Witness, is_at_gate, open_gate, starts
from tests.fleet_of_namespaces.machine import Direction

WITNESS = Witness(lines=20_000)


def test_task_goes_on_through_cuts_in_every_direction(cluster: Cluster) -> None:
    machines = {way: cluster.fleet.machine(f"cut-{way}") for way in get_args(Direction)}
    cluster.add(*machines.values())
    tasks = {way: cluster.enqueue(machine, WITNESS.command()) for way, machine in machines.items()}
    for way, machine in machines.items():
        cluster.wait(lambda: is_at_gate(machine, tasks[way]), "the task to be half-way")  # noqa: B023
        cluster.wait_for_state(tasks[way], TaskState.RUNNING)
        machine.cut(way)
    for machine in machines.values():
        cluster.wait(
            lambda: cluster.link(machine).link is not LinkState.ONLINE,  # noqa: B023
            f"the controller to notice that {machine.name} is cut off",
        )
    for way, machine in machines.items():
        assert cluster.state(tasks[way]) is TaskState.RUNNING
        open_gate(machine, tasks[way])
        cluster.wait(lambda: not machine.processes("at-gate"), "the task to end alone")  # noqa: B023
        machine.heal()
    for way, machine in machines.items():
        task = tasks[way]
        cluster.wait_for_state(task, TaskState.FAILED, seconds=60)
        assert cluster.wait_for_whole_log(task) == WITNESS.log()
        assert cluster.show(task)["exit_code"] == WITNESS.exit_code
        assert starts(machine) == {f"{task}.1": 1}


def test_short_cut_in_mid_stream_loses_no_byte(cluster: Cluster) -> None:
    """The cut comes and goes while the log streams, before anybody calls it one."""
    machine = cluster.fleet.machine()
    cluster.add(machine)
    witness = Witness(lines=600, gated=False, pause=0.002)
    task = cluster.enqueue(machine, witness.command())
    cluster.wait(lambda: cluster.log(task), "the log to begin")
    arrived = len(cluster.log(task))
    for _ in range(3):
        machine.cut()
        machine.heal()
        cluster.wait(lambda: len(cluster.log(task)) > arrived, "more of the log")
    cluster.wait_for_state(task, TaskState.FAILED)
    assert cluster.wait_for_whole_log(task) == witness.log()
    assert starts(machine) == {f"{task}.1": 1}


def test_abort_while_cut_off_reaches_the_machine_later(cluster: Cluster) -> None:
    machine = cluster.fleet.machine()
    cluster.add(machine)
    task = cluster.enqueue(machine, WITNESS.command())
    cluster.wait(lambda: is_at_gate(machine, task), "the task to be half-way")
    cluster.wait_for_state(task, TaskState.RUNNING)
    machine.cut()
    machine.kill("sshd-sessions")
    cluster.laptop.clearq("task", "abort", str(task))
    assert cluster.state(task) is TaskState.RUNNING
    machine.heal()
    cluster.wait_for_state(task, TaskState.ABORTED, seconds=60)
    assert machine.processes("at-gate") == []
