"""Whatever is killed in mid-task, each attempt ran once and its outcome and log arrive."""

from __future__ import annotations

import signal
from collections.abc import Callable

import pytest

from clearq_tui.model import LinkState, TaskState
from tests.fleet_of_namespaces.agent_processes import daemons, runners, samplers
from tests.fleet_of_namespaces.cluster import Cluster
from tests.fleet_of_namespaces.ledger import Witness, is_at_gate, open_gate, starts
from tests.fleet_of_namespaces.machine import Machine

WITNESS = Witness(lines=5000)


def kill_controller(cluster: Cluster, machine: Machine) -> None:
    cluster.laptop.kill_controller()
    # Any command that changes something starts the next one.
    cluster.enqueue(machine, ("true",))


def kill_daemon(cluster: Cluster, machine: Machine) -> None:
    (daemon,) = daemons(machine)
    daemon.send(signal.SIGKILL)
    cluster.wait(
        lambda: [found for found in daemons(machine) if found.pid != daemon.pid],
        "another daemon",
    )


def kill_sampler(cluster: Cluster, machine: Machine) -> None:
    (sampler,) = cluster.wait(lambda: samplers(machine), "the sampler")
    sampler.send(signal.SIGKILL)
    cluster.wait(
        lambda: [found for found in samplers(machine) if found.pid != sampler.pid],
        "another sampler",
    )


def kill_sessions(cluster: Cluster, machine: Machine) -> None:
    assert machine.kill("sshd-sessions")


def kill_sshd(cluster: Cluster, machine: Machine) -> None:
    machine.stop_sshd()
    assert machine.kill("sshd")
    cluster.wait(lambda: cluster.link(machine).link is not LinkState.ONLINE, "the link to end")
    machine.start_sshd()


def kill_everything_of_clearq(cluster: Cluster, machine: Machine) -> None:
    """All at once, but for the runner, which is what the promise of an outcome stands on."""
    for daemon in daemons(machine):
        daemon.send(signal.SIGKILL)
    machine.kill("sshd-sessions")
    kill_controller(cluster, machine)


KILLS: tuple[Callable[[Cluster, Machine], None], ...] = (
    kill_controller,
    kill_daemon,
    kill_sampler,
    kill_sessions,
    kill_sshd,
    kill_everything_of_clearq,
)


@pytest.mark.parametrize("kill", KILLS, ids=lambda kill: kill.__name__)
def test_task_survives(cluster: Cluster, kill: Callable[[Cluster, Machine], None]) -> None:
    machine = cluster.fleet.machine()
    cluster.add(machine)
    task = cluster.enqueue(machine, WITNESS.command())
    cluster.wait(lambda: is_at_gate(machine, task), "the task to be half-way")
    cluster.wait_for_state(task, TaskState.RUNNING)
    kill(cluster, machine)
    open_gate(machine, task)
    cluster.wait_for_state(task, TaskState.FAILED, seconds=60)
    assert cluster.wait_for_whole_log(task) == WITNESS.log()
    assert cluster.show(task)["exit_code"] == WITNESS.exit_code
    assert starts(machine) == {f"{task}.1": 1}
    cluster.wait_until_online(machine)
    assert len(daemons(machine)) == 1


def test_task_of_a_killed_runner_is_lost_and_not_run_again(cluster: Cluster) -> None:
    machine = cluster.fleet.machine()
    cluster.add(machine)
    task = cluster.enqueue(machine, WITNESS.command())
    cluster.wait(lambda: is_at_gate(machine, task), "the task to be half-way")
    cluster.wait_for_state(task, TaskState.RUNNING)
    (runner,) = runners(machine)
    runner.send(signal.SIGKILL)
    cluster.wait_for_state(task, TaskState.LOST)
    assert machine.processes("at-gate") == []
    assert starts(machine) == {f"{task}.1": 1}


def test_reboot_in_mid_task_is_lost_and_the_next_task_runs(cluster: Cluster) -> None:
    machine = cluster.fleet.machine()
    cluster.add(machine)
    task = cluster.enqueue(machine, WITNESS.command())
    cluster.wait(lambda: is_at_gate(machine, task), "the task to be half-way")
    cluster.wait_for_state(task, TaskState.RUNNING)
    machine.reboot()
    cluster.wait_for_state(task, TaskState.LOST, seconds=60)
    assert "restart" in cluster.show(task)["attempts"][0]["reason"]
    after = cluster.enqueue(machine, ("echo", "after"))
    cluster.wait_for_state(after, TaskState.COMPLETED)
    assert starts(machine) == {f"{task}.1": 1}
