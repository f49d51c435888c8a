"""The machine's disk is full: the task fails, the agent lives on, and space comes back."""

from __future__ import annotations

from clearq_tui.model import TaskState
from tests.fleet_of_namespaces.cluster import Cluster
from tests.fleet_of_namespaces.ledger import starts
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
