"""The fleet itself keeps what it promises."""

from __future__ import annotations

import subprocess

import pytest

from tests.fleet_of_namespaces.fixtures import machine_or_skip
from tests.fleet_of_namespaces.fleet import Fleet
from tests.fleet_of_namespaces.machine import Machine
from tests.fleet_of_namespaces.machine_options import BUSYBOX_SHELL, MachineOptions
from tests.fleet_of_namespaces.waiting import wait_for


def ssh(fleet: Fleet, machine: Machine, command: str, seconds: int = 10) -> str:
    """What the command prints, through the OpenSSH client."""
    config = fleet.key.with_name("config")
    known_hosts = fleet.key.with_name("known_hosts")
    known_hosts.write_text(fleet.known_hosts())
    config.write_text(fleet.ssh_config() + f"  UserKnownHostsFile {known_hosts}\n")
    options = ["-F", str(config), "-o", f"ConnectTimeout={seconds}", "-o", "BatchMode=yes"]
    return subprocess.run(
        ["ssh", *options, machine.name, command],
        capture_output=True,
        text=True,
        check=True,
        stdin=subprocess.DEVNULL,
    ).stdout


def test_machine_is_a_world_of_its_own(fleet: Fleet) -> None:
    machine = fleet.machine("lonely")
    assert ssh(fleet, machine, "whoami; hostname; echo $HOME").split() == [
        "ada",
        "lonely",
        "/home/ada",
    ]
    assert "default" not in ssh(fleet, machine, "ip route")
    assert int(ssh(fleet, machine, "ls /proc | grep -c '^[0-9]'")) < 15


@pytest.mark.parametrize("shell", ["bash", "dash", "zsh", "fish", "tcsh", "ksh", "ash"])
def test_every_shell_with_noise_and_spaces(fleet: Fleet, shell: str) -> None:
    path = BUSYBOX_SHELL if shell == "ash" else f"/bin/{shell}"
    machine = machine_or_skip(
        fleet, MachineOptions(shell=path, home="/home/ada lovelace", noise=True)
    )
    printed = ssh(fleet, machine, "pwd")
    assert printed.endswith("/home/ada lovelace\n")
    if shell in {"bash", "zsh", "fish", "tcsh"}:
        assert printed.startswith("noise from a start-up file\n")


def test_awkward_disks_and_missing_programs(fleet: Fleet) -> None:
    options = MachineOptions(
        home_read_only=True, no_exec=True, python="none", removed=("git",), home_bytes=1 << 20
    )
    machine = fleet.machine(options=options)
    probe = "touch x || echo read-only; cp /bin/true /tmp/t; /tmp/t || echo noexec; "
    probe += "which python3 git || echo missing"
    assert ssh(fleet, machine, f"({probe}) 2>/dev/null") == "read-only\nnoexec\nmissing\n"


def test_machine_with_another_python(fleet: Fleet) -> None:
    machine = machine_or_skip(fleet, MachineOptions(python="3.8"))
    printed = ssh(fleet, machine, "python3 -V; ls /usr/bin/python3* || echo no other")
    assert printed.startswith("Python 3.8.")
    assert printed.endswith("no other\n")


@pytest.mark.parametrize("direction", ["both", "to", "from"])
def test_cut_and_heal(fleet: Fleet, direction: str) -> None:
    machine = fleet.machine()
    machine.cut(direction)  # type: ignore[arg-type]
    with pytest.raises(subprocess.CalledProcessError):
        ssh(fleet, machine, "true", seconds=1)
    machine.heal()
    assert ssh(fleet, machine, "echo back") == "back\n"


def test_behind_a_bastion(fleet: Fleet) -> None:
    bastion = fleet.machine("bastion")
    inner = fleet.machine("inner", MachineOptions(behind=bastion))
    assert ssh(fleet, inner, "hostname") == "inner\n"


def test_kill_sessions_and_processes(fleet: Fleet) -> None:
    machine = fleet.machine()
    ssh(fleet, machine, "setsid sleep 1234 >/dev/null 2>&1 </dev/null &")
    (sleeper,) = wait_for(lambda: machine.processes("sleep 1234"), "the process to appear")
    session = subprocess.Popen(
        ["ssh", "-F", fleet.key.with_name("config"), machine.name, "cat"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    with session:
        wait_for(lambda: machine.processes("cat"), "the session to begin")
        assert machine.kill("sshd-sessions")
        assert session.wait(10) == 255
    assert sleeper.is_alive()
    assert ssh(fleet, machine, "echo still here") == "still here\n"
    machine.kill("sleep 1234")
    wait_for(lambda: not sleeper.is_alive(), "the process to end")


def test_reboot_keeps_the_disk_and_nothing_else(fleet: Fleet) -> None:
    machine = fleet.machine()
    boot = ssh(fleet, machine, "echo kept >file; cat /proc/sys/kernel/random/boot_id")
    machine.reboot()
    assert ssh(fleet, machine, "cat file") == "kept\n"
    assert ssh(fleet, machine, "cat /proc/sys/kernel/random/boot_id") != boot
