"""The machine's disk is full: outcomes arrive all the same, and what cannot start says why."""

from __future__ import annotations

from clearq_tui.model import TaskState
from tests.fleet_of_namespaces.cluster import Cluster
from tests.fleet_of_namespaces.ledger import Witness, is_at_gate, open_gate, starts
from tests.fleet_of_namespaces.machine_options import MachineOptions

ATTEMPTS = "home/ada/.local/share/clearq/*/*/attempts/*"
FLOOD = """
echo "$CLEARQ_TASK $CLEARQ_ATTEMPT" >>/var/tmp/ledger
head -c 40000000 /dev/zero
"""


def test_flood_fills_the_disk(cluster: Cluster) -> None:
    machine = cluster.fleet.machine(options=MachineOptions(home_bytes=24 << 20))
    cluster.add(machine)
    flood = cluster.enqueue(machine, ("sh", "-c", FLOOD))
    cluster.wait_for_state(flood, TaskState.FAILED, seconds=60)
    log = cluster.wait_for_whole_log(flood)
    assert len(log) > 1 << 20
    assert log == bytes(len(log))
    cluster.wait_until_online(machine)
    root = machine.path("/")
    cluster.wait(lambda: not list(root.glob(ATTEMPTS)), "the machine to forget the attempt")
    after = cluster.enqueue(machine, ("echo", "room again"))
    cluster.wait_for_state(after, TaskState.COMPLETED, seconds=60)
    assert cluster.wait_for_whole_log(after) == b"room again\n"
    assert starts(machine) == {f"{flood}.1": 1}


def test_disk_fills_up_under_a_running_task(cluster: Cluster) -> None:
    machine = cluster.fleet.machine(options=MachineOptions(home_bytes=24 << 20))
    cluster.add(machine)
    witness = Witness(lines=4000)
    running = cluster.enqueue(machine, witness.command())
    cluster.wait(lambda: is_at_gate(machine, running), "the task to be half-way")
    cluster.wait_for_state(running, TaskState.RUNNING)
    machine.run("sh", "-c", "head -c 40000000 /dev/zero >/home/ada/filler; true")
    machine.run("sh", "-c", "yes >>/home/ada/filler; true")
    open_gate(machine, running)
    cluster.wait_for_state(running, TaskState.FAILED)
    assert cluster.show(running)["exit_code"] == witness.exit_code
    log = cluster.wait_for_whole_log(running)
    assert log.startswith(witness.log()[: len(witness.log()) // 2])

    refused = cluster.enqueue(machine, ("true",))
    cluster.wait_for_state(refused, TaskState.FAILED)
    assert "No space left" in cluster.show(refused)["attempts"][0]["reason"]
    machine.run("rm", "/home/ada/filler")
    after = cluster.enqueue(machine, ("echo", "room again"))
    cluster.wait_for_state(after, TaskState.COMPLETED)
    assert starts(machine) == {f"{running}.1": 1}
