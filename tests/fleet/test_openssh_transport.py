"""What is special to the OpenSSH client: its arguments, and ControlMaster."""

from __future__ import annotations

import dataclasses
import subprocess
from pathlib import Path

from clearq_tui.fleet.destination import Destination, Hop, parse_destination
from clearq_tui.fleet.transports.connect import connect
from clearq_tui.fleet.transports.openssh_command import ssh_arguments
from clearq_tui.fleet.transports.way import find_way
from tests.fleet.sshd import Sshd, needs_sshd

pytestmark = needs_sshd


async def test_a_live_control_master_is_used_and_survives(sshd: Sshd, tmp_path: Path) -> None:
    socket = tmp_path / "master"
    config = f"ControlMaster auto\nControlPath {socket}\nControlPersist 60\n"
    destination = dataclasses.replace(sshd.destination(), transport="openssh")
    transport = await connect(destination, sshd.surroundings(config=config))
    try:
        for number in range(3):
            stream = await transport.execute(f"echo {number}")
            assert await stream.read(10) == b"%d\n" % number
            await stream.close()
        await transport.close()
        assert sshd.logged("Accepted publickey") == 1
        assert socket.exists()
    finally:
        stop_master(socket)


def stop_master(socket: Path) -> None:
    subprocess.run(
        ["ssh", "-F", "none", "-o", f"ControlPath={socket}", "-O", "exit", "x"],
        check=True,
        capture_output=True,
    )


def test_nothing_typed_can_become_an_option(sshd: Sshd) -> None:
    destination = parse_destination("alice@gpu1", identity="a b%h", jump="b@x:1,y")
    surroundings = sshd.surroundings()
    arguments = ssh_arguments(find_way(destination, surroundings), surroundings)
    assert arguments[-2:] == ["--", "gpu1"]
    before = arguments[: arguments.index("--")]
    assert all(argument.startswith("-") or before[n] in PAIRS for n, argument in pairs(before))


PAIRS = {"-F", "-i", "-l", "-p"}


def pairs(arguments: list[str]) -> list[tuple[int, str]]:
    """Each argument after the program's name, with the position of the one before it."""
    return list(enumerate(arguments[1:]))


def test_ssh_itself_takes_the_arguments_apart_as_meant(sshd: Sshd, tmp_path: Path) -> None:
    odd = tmp_path / 'with "quotes" and %h and spaces'
    surroundings = dataclasses.replace(sshd.surroundings(), accepted_hosts=odd)
    destination = Destination("gpu1", "al ice", 2222, jump=(Hop("one"), Hop("::1", "bob", 23)))
    arguments = ssh_arguments(find_way(destination, surroundings), surroundings)
    told = subprocess.run(
        [arguments[0], "-G", *arguments[1:]], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert "user al ice" in told
    assert "port 2222" in told
    assert "stricthostkeychecking true" in told
    assert "batchmode yes" in told
    (known,) = (line for line in told if line.startswith("userknownhostsfile"))
    # Versions differ in whether they print it expanded.
    assert known.replace("%%", "%").endswith(str(odd))
    (proxy,) = (line for line in told if line.startswith("proxycommand"))
    assert proxy.endswith("'-W[gpu1]:2222' -- ::1")
