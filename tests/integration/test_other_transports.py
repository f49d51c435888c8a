"""The OpenSSH client as a transport, and the laptop itself as a machine."""

from __future__ import annotations

from clearq_tui.model import TaskState
from tests.fleet_of_namespaces.cluster import Cluster
from tests.fleet_of_namespaces.ledger import Witness, starts
from tests.fleet_of_namespaces.machine_options import MachineOptions


def test_openssh_client_as_transport(cluster: Cluster) -> None:
    bastion = cluster.fleet.machine("bastion")
    machine = cluster.fleet.machine("inner", MachineOptions(behind=bastion, noise=True))
    cluster.add(machine, options=("--transport", "openssh"))
    witness = Witness(lines=500, gated=False)
    task = cluster.enqueue(machine, witness.command())
    cluster.wait_for_state(task, TaskState.FAILED)
    assert cluster.wait_for_whole_log(task) == witness.log()
    assert starts(machine) == {f"{task}.1": 1}
    assert cluster.laptop.processes("ssh", "inner")


def test_laptop_itself_runs_tasks_of_the_default_queue(cluster: Cluster) -> None:
    command = ("sh", "-c", "echo here; exit 4")
    done = cluster.laptop.run("enqueue", "--no-code", "--wait", "--", *command)
    assert done.returncode == 4, done.stderr
    task = int(done.stdout.split()[0])
    assert cluster.wait_for_whole_log(task) == b"here\n"
    assert cluster.laptop.clearq("logs", str(task)) == "here\n"
