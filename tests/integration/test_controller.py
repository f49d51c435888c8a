"""One controller a store; whatever becomes of it, the next one finds everything again."""

from __future__ import annotations

from clearq_tui.cli.exit_codes import ExitCode
from clearq_tui.model import TaskState
from tests.fleet_of_namespaces.cluster import Cluster
from tests.fleet_of_namespaces.ledger import Witness, is_at_gate, open_gate, starts


def test_second_controller_names_the_first(cluster: Cluster) -> None:
    first = cluster.laptop.start("up")
    with first:
        cluster.wait(cluster.laptop.home.socket.exists, "the controller to listen")
        refused = cluster.laptop.run("up")
        assert refused.returncode == ExitCode.REFUSED
        pid = cluster.laptop.home.lock.read_text().strip()
        assert f"rocess {pid} " in refused.stderr
        cluster.laptop.clearq("down")
        assert first.wait(10) == 0


def test_controller_logs_no_commands(cluster: Cluster) -> None:
    machine = cluster.fleet.machine()
    cluster.add(machine)
    cluster.wait_until_online(machine)
    assert "exec /bin/sh" not in cluster.laptop.controller_log()


def test_restart_finds_everything_again(cluster: Cluster) -> None:
    machine = cluster.fleet.machine()
    cluster.add(machine)
    witness = Witness()
    running = cluster.enqueue(machine, witness.command())
    cluster.wait(lambda: is_at_gate(machine, running), "the task to be half-way")
    waiting = cluster.enqueue(machine, ("echo", "second"))
    cluster.laptop.clearq("down")
    cluster.wait(lambda: not cluster.laptop.controllers(), "the controller to leave")
    assert cluster.laptop.run("task", "list").returncode == 0
    while_down = cluster.enqueue(machine, ("echo", "third"), "--no-start")
    open_gate(machine, running)
    cluster.wait(lambda: not machine.processes("line %06d"), "the task to end on its own")

    up = cluster.laptop.start("up")
    with up:
        cluster.wait_for_state(running, TaskState.FAILED)
        assert cluster.wait_for_whole_log(running) == witness.log()
        for task in (waiting, while_down):
            cluster.wait_for_state(task, TaskState.COMPLETED)
        assert starts(machine) == {f"{running}.1": 1}
        cluster.laptop.clearq("down")
        assert up.wait(10) == 0
