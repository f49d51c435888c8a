"""The first connection dies at every moment of the push; in the end there is one agent."""

from __future__ import annotations

import time

from clearq_tui.model import LinkState, TaskState
from tests.fleet_of_namespaces.agent_processes import daemons
from tests.fleet_of_namespaces.cluster import Cluster

MOMENTS = tuple(number * 0.02 for number in range(12))
"""Seconds after the login: a push takes about 0.15."""


def test_push_is_interrupted_at_every_moment(cluster: Cluster) -> None:
    machines = [cluster.fleet.machine(f"m{number}") for number in range(len(MOMENTS))]
    cluster.write_ssh_files()
    for machine, moment in zip(machines, MOMENTS, strict=True):
        cluster.register(machine)
        cluster.wait(lambda: machine.processes("sshd: ada@notty"), "the login")  # noqa: B023
        time.sleep(moment)
        machine.kill("sshd-sessions")
    tasks = [cluster.enqueue(machine, ("hostname",)) for machine in machines]
    for machine, task in zip(machines, tasks, strict=True):
        cluster.wait_for_state(task, TaskState.COMPLETED)
        assert cluster.link(machine).link is LinkState.ONLINE
        assert len(daemons(machine)) == 1
        parts = list(machine.path("/").glob("home/ada/.local/share/clearq/*/*/agents/*"))
        assert len(parts) == 1, "something half-installed was left behind"
