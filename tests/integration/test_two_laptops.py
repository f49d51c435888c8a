"""Two stores on one account keep apart; a copy of a store is fenced by the other."""

from __future__ import annotations

import shutil
from pathlib import Path

from clearq_tui.model import LinkState, TaskState
from tests.fleet_of_namespaces.agent_processes import daemons
from tests.fleet_of_namespaces.cluster import Cluster
from tests.fleet_of_namespaces.laptop import Laptop
from tests.fleet_of_namespaces.ledger import Witness, is_at_gate, open_gate, starts


def test_two_stores_share_an_account(cluster: Cluster, tmp_path: Path) -> None:
    machine = cluster.fleet.machine()
    cluster.add(machine)
    with Laptop(tmp_path / "second") as laptop:
        second = Cluster(laptop, cluster.fleet)
        second.add(machine)
        tasks = [one.enqueue(machine, ("sh", "-c", "echo mine")) for one in (cluster, second)]
        for one, task in zip((cluster, second), tasks, strict=True):
            one.wait_for_state(task, TaskState.COMPLETED)
            assert one.wait_for_whole_log(task) == b"mine\n"
        assert len(daemons(machine)) == 2


def test_copy_of_a_store_is_refused(cluster: Cluster, tmp_path: Path) -> None:
    """Both controllers believe that they are the only one; the agent serves one of them."""
    machine = cluster.fleet.machine()
    cluster.add(machine)
    witness = Witness(lines=50)
    task = cluster.enqueue(machine, witness.command())
    cluster.wait(lambda: is_at_gate(machine, task), "the task to be half-way")
    cluster.wait_for_state(task, TaskState.RUNNING)
    cluster.laptop.clearq("down")
    cluster.wait(lambda: not cluster.laptop.controllers(), "the controller to leave")
    with Laptop(tmp_path / "copy") as laptop:
        shutil.copytree(cluster.laptop.home.root, laptop.home.root)
        copy = Cluster(laptop, cluster.fleet)
        copy.write_ssh_files()
        following = [one.enqueue(machine, witness.command()) for one in (cluster, copy)]
        assert following == [task + 1, task + 1]
        cluster.wait_until_online(machine)
        copy.wait(lambda: copy.link(machine).link is LinkState.FAILED, "the copy to be refused")
        assert "newer controller" in copy.link(machine).link_reason
        for number in (task, task + 1):
            open_gate(machine, number)
            cluster.wait_for_state(number, TaskState.FAILED)
            assert cluster.wait_for_whole_log(number) == witness.log()
        assert copy.state(task + 1) is TaskState.QUEUED
        assert starts(machine) == {f"{task}.1": 1, f"{task + 1}.1": 1}
