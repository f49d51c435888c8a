"""Many short tasks while links, daemons and controllers die at random: each runs exactly once."""

from __future__ import annotations

import random
import signal
import time
from collections import Counter

from clearq_tui.model import LinkState, TaskState
from tests.fleet_of_namespaces.agent_processes import daemons
from tests.fleet_of_namespaces.cluster import Cluster
from tests.fleet_of_namespaces.ledger import Witness, starts
from tests.fleet_of_namespaces.machine import Machine

SECONDS = 20
WITNESS = Witness(lines=100, exit_code=0, gated=False, pause=0.005)


def strike(cluster: Cluster, machine: Machine, chance: random.Random) -> str:
    """Do one bad thing; what it was."""
    which = chance.choice(("session", "daemon", "controller", "cut", "both"))
    if which in ("session", "both"):
        machine.kill("sshd-sessions")
    if which in ("daemon", "both"):
        for daemon in daemons(machine):
            daemon.send(signal.SIGKILL)
    if which == "controller":
        cluster.laptop.kill_controller()
        cluster.enqueue(machine, ("true",))  # starts the next one
    if which == "cut":
        machine.cut(chance.choice(("both", "to", "from")))
        machine.kill("sshd-sessions")
        machine.heal()
    return which


def test_every_task_runs_once_whatever_dies(cluster: Cluster) -> None:
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    machine = cluster.fleet.machine()
    cluster.add(machine, options=("--slots", "3"))
    cluster.wait_until_online(machine)
    tasks = []
    struck: Counter[str] = Counter()
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        tasks += [cluster.enqueue(machine, WITNESS.command()) for _ in range(3)]
        # A moment after the link stands: leases, events and logs are on their way.
        cluster.wait(lambda: cluster.link(machine).link is LinkState.ONLINE, "the link", 60)
        time.sleep(chance.uniform(0, 0.3))
        struck[strike(cluster, machine, chance)] += 1
    print(struck)
    for task in tasks:
        cluster.wait_for_state(task, TaskState.COMPLETED, seconds=90)
    for task in tasks:
        assert cluster.wait_for_whole_log(task) == WITNESS.log(), f"seed {seed}, #{task}"
    assert starts(machine) == {f"{task}.1": 1 for task in tasks}, f"seed {seed}"
