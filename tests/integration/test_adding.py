"""`clearq machine add` and `check` as the operator sees them."""

from __future__ import annotations

import json

from clearq_tui.cli.exit_codes import ExitCode
from tests.fleet_of_namespaces.cluster import Cluster
from tests.fleet_of_namespaces.machine_options import MachineOptions


def test_add_waits_until_online(cluster: Cluster) -> None:
    machine = cluster.fleet.machine()
    cluster.write_ssh_files()
    added = cluster.laptop.run("machine", "add", machine.name)
    assert added.returncode == ExitCode.OK, added.stderr
    assert "online" in added.stdout


def test_add_ends_with_the_question_about_the_host_key(cluster: Cluster) -> None:
    machine = cluster.fleet.machine()
    cluster.write_ssh_files(trusted=False)
    added = cluster.laptop.run("machine", "add", machine.name)
    assert added.returncode == ExitCode.HOST_KEY, added.stderr
    assert "SHA256:" in added.stderr
    assert f"clearq machine trust {machine.name}" in added.stderr


def test_add_says_why_a_machine_cannot_be_reached(cluster: Cluster) -> None:
    machine = cluster.fleet.machine()
    cluster.write_ssh_files()
    machine.stop_sshd()
    added = cluster.laptop.run("machine", "add", machine.name)
    assert added.returncode == ExitCode.FAILED
    assert "refused" in added.stderr.lower()


def test_add_says_that_there_is_no_python(cluster: Cluster) -> None:
    machine = cluster.fleet.machine(options=MachineOptions(python="none"))
    cluster.write_ssh_files()
    added = cluster.laptop.run("machine", "add", machine.name)
    assert added.returncode == ExitCode.FAILED
    assert "Python 3.8" in added.stderr


def test_check_goes_behind_a_bastion(cluster: Cluster) -> None:
    bastion = cluster.fleet.machine("bastion")
    machine = cluster.fleet.machine("inner", MachineOptions(behind=bastion))
    cluster.add(machine)
    steps = json.loads(cluster.laptop.clearq("machine", "check", machine.name, "--json"))
    assert steps
    assert all(step["ok"] for step in steps), steps
