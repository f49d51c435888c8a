"""Abort ends everything that a task has started, and nothing else."""

from __future__ import annotations

import time

from clearq_tui.model import TaskState
from tests.fleet_of_namespaces.cluster import Cluster
from tests.fleet_of_namespaces.machine import Machine

# A child in a session of its own, one that is nobody's child any more and has an empty
# environment, and one that ignores SIGTERM.
_STUBBORN = """
setsid sleep 4001 &
(env -i /usr/bin/setsid /bin/sh -c 'sleep 4002 & exit' &)
sh -c 'trap "" TERM; while :; do sleep 4003; done' &
echo ready
wait
"""


def sleepers(machine: Machine) -> set[str]:
    """The command lines of the task's processes that still live."""
    return {process.line for process in machine.processes("sleep 400")}


def test_abort_ends_the_whole_tree_within_grace(cluster: Cluster) -> None:
    machine = cluster.fleet.machine()
    cluster.add(machine)
    task = cluster.enqueue(machine, ("bash", "-c", _STUBBORN))
    cluster.wait_for_state(task, TaskState.RUNNING)
    cluster.wait(lambda: len(sleepers(machine)) >= 3, "the task's processes")
    cluster.laptop.clearq("task", "abort", str(task))
    began = time.monotonic()  # however long the command line took to start
    cluster.wait(lambda: not sleepers(machine), "all of the task to end")
    assert time.monotonic() - began < 12
    cluster.wait_for_state(task, TaskState.ABORTED)
    assert cluster.wait_for_whole_log(task) == b"ready\n"


def test_kill_does_not_wait(cluster: Cluster) -> None:
    machine = cluster.fleet.machine()
    cluster.add(machine)
    task = cluster.enqueue(machine, ("bash", "-c", _STUBBORN))
    cluster.wait(lambda: len(sleepers(machine)) >= 3, "the task's processes")
    cluster.laptop.clearq("task", "abort", "--kill", str(task))
    began = time.monotonic()
    cluster.wait_for_state(task, TaskState.ABORTED)
    assert time.monotonic() - began < 5
    assert sleepers(machine) == set()


def test_waiting_task_is_aborted_at_once_and_never_runs(cluster: Cluster) -> None:
    machine = cluster.fleet.machine()
    cluster.add(machine)
    first = cluster.enqueue(machine, ("sleep", "4004"))
    second = cluster.enqueue(machine, ("sh", "-c", "touch /var/tmp/ran"))
    cluster.wait_for_state(first, TaskState.RUNNING)
    cluster.laptop.clearq("task", "abort", str(second))
    assert cluster.state(second) is TaskState.ABORTED
    cluster.laptop.clearq("task", "abort", "--kill", str(first))
    cluster.wait_for_state(first, TaskState.ABORTED)
    third = cluster.enqueue(machine, ("true",))
    cluster.wait_for_state(third, TaskState.COMPLETED)
    assert not machine.path("/var/tmp/ran").exists()
