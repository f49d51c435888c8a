"""The agent reaches every kind of account and disk, and a task runs there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from clearq_tui.model import LinkState, TaskState
from tests.fleet_of_namespaces.cluster import Cluster
from tests.fleet_of_namespaces.fixtures import lacking, machine_or_skip, new_cluster
from tests.fleet_of_namespaces.ledger import Witness, starts
from tests.fleet_of_namespaces.machine import Machine
from tests.fleet_of_namespaces.machine_options import BUSYBOX_SHELL, MachineOptions

SPACES = "/home/ada lovelace"
KINDS = {
    "bash": MachineOptions(noise=True),
    "dash": MachineOptions(shell="/bin/dash", home=SPACES),
    "zsh": MachineOptions(shell="/bin/zsh", home=SPACES, noise=True),
    "fish": MachineOptions(shell="/usr/bin/fish", home=SPACES, noise=True),
    "tcsh": MachineOptions(shell="/bin/tcsh", home=SPACES, noise=True),
    "ksh": MachineOptions(shell="/bin/ksh", home=SPACES),
    "busybox": MachineOptions(shell=BUSYBOX_SHELL, home=SPACES),
    "home-read-only": MachineOptions(home_read_only=True),
    "home-far-away": MachineOptions(home="/home/" + "far/" * 24 + "ada"),
    "home-full": MachineOptions(home_bytes=16 << 10),
    "no-exec": MachineOptions(no_exec=True),
    "no-streamlocal": MachineOptions(sshd={"AllowStreamLocalForwarding": "no"}),
    "no-git": MachineOptions(removed=("git",)),
    "old-python": MachineOptions(python="3.8"),
}
PLACES = ("/var/tmp", "/tmp", "/run", "/dev/shm")
QUESTION = ("-xdev", "-user", "ada", "-perm", "/077", "-not", "-type", "l")
WITNESS = Witness(lines=200, exit_code=7, gated=False)


class Zoo:
    """Machines of every kind, each with one task."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.machines = {
            kind: cluster.fleet.machine(kind, options)
            for kind, options in KINDS.items()
            if not options.lacks()
        }
        self.readable_before = {
            kind: readable_by_others(machine) for kind, machine in self.machines.items()
        }
        cluster.add(*self.machines.values())
        self.tasks = {
            kind: cluster.enqueue(machine, WITNESS.command())
            for kind, machine in self.machines.items()
        }

    def check(self, kind: str) -> None:
        """Skip, and remember it, where there is no machine of this kind."""
        if kind not in self.machines:
            lacking.add(KINDS[kind].lacks())
            pytest.skip(KINDS[kind].lacks())


@pytest.fixture(scope="module")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Zoo]:
    with new_cluster(tmp_path_factory.mktemp("zoo"), "the machines of test_push.py") as cluster:
        yield Zoo(cluster)


@pytest.mark.parametrize("kind", KINDS)
def test_task_runs_on_every_kind_of_machine(zoo: Zoo, kind: str) -> None:
    zoo.check(kind)
    cluster, task = zoo.cluster, zoo.tasks[kind]
    cluster.wait_until_online(zoo.machines[kind])
    cluster.wait_for_state(task, TaskState.FAILED)
    assert cluster.wait_for_whole_log(task) == WITNESS.log()
    assert cluster.show(task)["exit_code"] == WITNESS.exit_code
    assert starts(zoo.machines[kind]) == {f"{task}.1": 1}


@pytest.mark.parametrize("kind", KINDS)
def test_agent_keeps_to_itself(zoo: Zoo, kind: str) -> None:
    """Nothing but sshd listens on TCP, and other accounts can read nothing of the agent's."""
    zoo.check(kind)
    machine = zoo.machines[kind]
    zoo.cluster.wait_until_online(machine)
    assert listening_ports(machine) == {22}
    home = machine.options.home
    shared = {f"{home}/.local", f"{home}/.local/share", "/var/tmp/ledger"}
    readable = readable_by_others(machine) - zoo.readable_before[kind] - shared
    assert {path for path in readable if may_enter(machine, Path(path).parent)} == set()


def test_machine_without_python_says_so(cluster: Cluster) -> None:
    machine = cluster.fleet.machine("no-python", MachineOptions(python="none"))
    cluster.add(machine)
    cluster.wait(lambda: cluster.link(machine).link is LinkState.FAILED, "the link to fail")
    assert "Python" in cluster.link(machine).link_reason


def test_operator_can_name_the_interpreter(cluster: Cluster) -> None:
    options = MachineOptions(python="3.8", python_on_path=False)
    machine = machine_or_skip(cluster.fleet, options, "hidden-python")
    cluster.add(machine, options=("--python", "/srv/python/bin/python3"))
    cluster.wait_until_online(machine)


def listening_ports(machine: Machine) -> set[int]:
    """TCP ports on which something listens."""
    found = set()
    for family in ("tcp", "tcp6"):
        for line in Path(f"/proc/{machine.init}/net/{family}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A":
                found.add(int(fields[1].rpartition(":")[2], 16))
    return found


def readable_by_others(machine: Machine) -> set[str]:
    """Paths of the account's own files that their mode opens to other accounts."""
    return set(machine.run("find", *PLACES, machine.options.home, *QUESTION).splitlines())


def may_enter(machine: Machine, directory: Path) -> bool:
    """Whether another account may reach what is in the directory of the machine."""
    path = machine.path(str(directory))
    inside = [path, *path.parents][: len(directory.parts)]
    return all(place.stat().st_mode & 0o001 for place in inside)
