"""A host key is never taken on trust: unknown ones are asked about, changed ones refused."""

from __future__ import annotations

import re

import pytest

from clearq_tui.cli.exit_codes import ExitCode
from clearq_tui.model import LinkState, TaskState
from tests.fleet_of_namespaces.cluster import Cluster
from tests.fleet_of_namespaces.machine import Machine
from tests.fleet_of_namespaces.machine_options import MachineOptions


def machine_of(cluster: Cluster, *, behind_bastion: bool) -> Machine:
    """A new machine, with a jump host before it or without."""
    if not behind_bastion:
        return cluster.fleet.machine("plain")
    bastion = cluster.fleet.machine("bastion")
    return cluster.fleet.machine("inner", MachineOptions(behind=bastion))


def know(cluster: Cluster, *known: Machine) -> None:
    """Let the operator's `known_hosts` hold exactly the keys of these machines."""
    cluster.laptop.known_hosts.write_text("".join(machine.host_key_line for machine in known))


@pytest.mark.parametrize("behind_bastion", [False, True])
def test_unknown_key_waits_for_the_operator(cluster: Cluster, behind_bastion: bool) -> None:
    machine = machine_of(cluster, behind_bastion=behind_bastion)
    cluster.write_ssh_files(trusted=False)
    know(cluster, *(other for other in cluster.fleet.machines if other is not machine))
    cluster.register(machine)
    cluster.wait(lambda: cluster.link(machine).link is LinkState.HOST_KEY, "the question")
    (listed,) = [item for item in cluster.listed_machines() if item["name"] == machine.name]
    assert machine.host_key.split()[1] in str(listed["host_key"])
    assert "publickey" not in machine.sshd_log()
    task = cluster.enqueue(machine, ("true",))
    cluster.laptop.clearq("machine", "trust", machine.name)
    cluster.wait_for_state(task, TaskState.COMPLETED)
    assert machine.host_key.split()[1] in cluster.laptop.home.known_hosts.read_text()


@pytest.mark.parametrize("behind_bastion", [False, True])
def test_changed_key_is_refused_with_file_and_line(cluster: Cluster, behind_bastion: bool) -> None:
    machine = machine_of(cluster, behind_bastion=behind_bastion)
    cluster.write_ssh_files()
    before = machine.host_key_line
    machine.change_host_key()
    machine.reboot()
    others = [other for other in cluster.fleet.machines if other is not machine]
    know(cluster, *others)
    with cluster.laptop.known_hosts.open("a") as known_hosts:
        known_hosts.write(before)
    cluster.register(machine)
    cluster.wait(lambda: cluster.link(machine).link is LinkState.FAILED, "the refusal")
    reason = cluster.link(machine).link_reason
    print(reason)
    line = len(others) + 1
    assert re.search(rf"{re.escape(str(cluster.laptop.known_hosts))}\W+(line )?{line}\b", reason)
    assert "Accepted publickey" not in machine.sshd_log()
    trust = cluster.laptop.run("machine", "trust", machine.name)
    assert trust.returncode == ExitCode.NOT_FOUND, trust.stdout + trust.stderr
    assert cluster.link(machine).link is LinkState.FAILED
