"""Whatever is killed while an environment is built, no task ever sees half of one."""

from __future__ import annotations

import signal
from pathlib import Path

from clearq_tui.model import TaskState
from tests.faults.environments.yard import Yard
from tests.fleet_of_namespaces.agent_processes import daemons, runners
from tests.fleet_of_namespaces.processes import Process


def runner_of(yard: Yard) -> Process:
    """The runner of the only attempt there is."""
    return preparation_and_runner(yard)[1]


def preparation_and_runner(yard: Yard) -> tuple[Process, Process]:
    """Those of the only attempt there is: both hold its lock, and one is the other's child."""
    one, other = runners(yard.machine)
    return (one, other) if one.parent == other.pid else (other, one)


def test_daemon_killed(yard: Yard) -> None:
    """Its successor takes over the build, which has not even noticed."""
    yard.slow_package("kdaemon")
    task = yard.enqueue("kdaemon")
    yard.wait_until_building("kdaemon")
    (daemon,) = daemons(yard.machine)
    daemon.send(signal.SIGKILL)
    yard.cluster.wait(
        lambda: [found for found in daemons(yard.machine) if found.pid != daemon.pid],
        "another daemon",
    )
    yard.go_on("kdaemon")
    log = yard.check_completed(task)
    assert log.count("Building an environment") == 1
    yard.check_nothing_is_left()


def test_runner_killed(yard: Yard) -> None:
    """Nothing of the task has started, so another runner begins anew."""
    yard.slow_package("krunner")
    task = yard.enqueue("krunner")
    yard.wait_until_building("krunner")
    runner_of(yard).send(signal.SIGKILL)
    yard.go_on("krunner")
    yard.check_completed(task)
    yard.check_nothing_is_left()


def test_preparation_killed(yard: Yard) -> None:
    """That may be the operator's own doing, or the kernel's for want of memory: it is said."""
    yard.slow_package("kprepare")
    task = yard.enqueue("kprepare")
    yard.wait_until_building("kprepare")
    preparation_and_runner(yard)[0].send(signal.SIGKILL)
    assert yard.reason(task) == "Setting the environment up was ended by SIGKILL."
    yard.check_nothing_is_left()
    yard.go_on("kprepare")
    yard.retry(task)
    yard.check_completed(task, attempt=2)
    yard.check_nothing_is_left()


def test_machine_rebooted(yard: Yard) -> None:
    yard.slow_package("kreboot")
    task = yard.enqueue("kreboot")
    yard.wait_until_building("kreboot")
    yard.machine.reboot()
    yard.cluster.wait_for_state(task, TaskState.LOST, seconds=60)
    assert "restarted" in yard.cluster.reason(task)
    yard.go_on("kreboot")
    yard.retry(task)
    yard.check_completed(task, attempt=2)
    yard.check_nothing_is_left()


def test_abort_of_an_attempt_whose_runner_was_killed(yard: Yard, tmp_path: Path) -> None:
    """Nobody is left who could be asked to end it: it ends all the same, and at once."""
    script = tmp_path / "setup.sh"
    script.write_text("touch /var/tmp/in-set-up; sleep 4321")
    yard.package("kabort")
    task = yard.enqueue("kabort", "--setup", str(script))
    yard.cluster.wait(yard.machine.path("/var/tmp/in-set-up").exists, "the script to run")
    runner_of(yard).send(signal.SIGKILL)
    yard.cluster.laptop.clearq("task", "abort", "--kill", str(task))
    yard.cluster.wait_for_state(task, TaskState.ABORTED, seconds=10)
    assert not yard.machine.processes("sleep 4321")
    yard.check_nothing_is_left()
