"""Whatever is killed while an environment is built, no task ever sees half of one."""

from __future__ import annotations

import signal

from clearq_tui.model import TaskState
from tests.faults.environments.yard import Yard
from tests.fleet_of_namespaces.agent_processes import daemons, runners
from tests.fleet_of_namespaces.processes import Process


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
    (runner, preparation) = sorted(runners(yard.machine), key=lambda process: process.start)
    assert preparation.parent == runner.pid
    runner.send(signal.SIGKILL)
    yard.go_on("krunner")
    yard.check_completed(task)
    yard.check_nothing_is_left()


def preparation_of(yard: Yard) -> Process:
    """The process that prepares the only attempt there is."""
    holders = runners(yard.machine)
    pids = {process.pid for process in holders}
    (preparation,) = [process for process in holders if process.parent in pids]
    return preparation


def test_preparation_killed(yard: Yard) -> None:
    """That may be the operator's own doing, or the kernel's for want of memory: it is said."""
    yard.slow_package("kprepare")
    task = yard.enqueue("kprepare")
    yard.wait_until_building("kprepare")
    preparation_of(yard).send(signal.SIGKILL)
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
    assert "restarted" in yard.cluster.show(task)["reason"]
    yard.go_on("kreboot")
    yard.retry(task)
    yard.check_completed(task, attempt=2)
    yard.check_nothing_is_left()
