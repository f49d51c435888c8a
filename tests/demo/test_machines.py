"""Embedded machines: reached as any other, and gone without a trace however they end."""

from __future__ import annotations

import asyncio
import functools
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import asyncssh
import pytest

from clearq_tui.demo.machines import EmbeddedMachines
from clearq_tui.fleet.destination import parse_destination
from clearq_tui.fleet.failures import AuthenticationFailed, UnknownHostKey
from clearq_tui.fleet.ssh_settings import Surroundings, surroundings_of_operator
from clearq_tui.fleet.transports.base import ByteStream, Transport
from clearq_tui.fleet.transports.bastions import Bastions
from clearq_tui.fleet.transports.connect import connect
from clearq_tui.model import ClearqError
from tests.demo import remains
from tests.fleet_of_namespaces.waiting import wait_for


def client_of(machines: EmbeddedMachines, *, trusting: bool = True) -> Surroundings:
    known_hosts = machines.place / "home" / "known_hosts"
    if trusting:
        machines.trust(known_hosts)
    return surroundings_of_operator(known_hosts, ssh_config=machines.ssh_config)


async def reach(machines: EmbeddedMachines, name: str, *, trusting: bool = True) -> Transport:
    client = client_of(machines, trusting=trusting)
    return await connect(parse_destination(name), client, Bastions())


async def all_of(stream: ByteStream) -> bytes:
    data = b""
    while piece := await stream.read(4096):
        data += piece
    return data


async def test_commands_run_in_homes_of_their_own(scratch: Path) -> None:
    with EmbeddedMachines(("atlas", "borea")) as machines:
        for name in machines.names:
            transport = await reach(machines, name)
            command = await transport.execute(
                'read line; echo "$HOME $PWD $line"; echo e >&2; exit 7'
            )
            command.write(b"typed\n")
            home = machines.home_of(name)
            assert await all_of(command) == f"{home} {home} typed\n".encode()
            assert (command.exit_status, command.errors) == (7, b"e\n")
            killed = await transport.execute("kill -TERM $$")
            assert await all_of(killed) == b""
            assert killed.exit_status == -signal.SIGTERM
            await transport.close()
        assert stat.S_IMODE((machines.place / "client_key").stat().st_mode) == 0o600
        assert stat.S_IMODE(machines.place.stat().st_mode) == 0o700
    assert remains.nothing(scratch, machines.place)


async def test_sockets_are_reached_without_a_process(scratch: Path) -> None:
    with EmbeddedMachines(("atlas",)) as machines:
        path = machines.home_of("atlas") / "echo.sock"

        async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write((await reader.readline()).upper())
            writer.close()

        async with await asyncio.start_unix_server(echo, path):
            transport = await reach(machines, "atlas")
            stream = await transport.open_socket(str(path))
            stream.write(b"hello\n")
            assert await all_of(stream) == b"HELLO\n"
            await transport.close()


async def test_a_command_ends_when_its_client_leaves(scratch: Path) -> None:
    with EmbeddedMachines(("atlas",)) as machines:
        transport = await reach(machines, "atlas")
        command = await transport.execute("echo $$; exec sleep 1000")
        pid = int(await command.read(100))
        await transport.close()
        gone = functools.partial(wait_for, lambda: not Path(f"/proc/{pid}").exists(), "its end")
        await asyncio.to_thread(gone)


async def test_host_keys_are_checked_and_strangers_refused(tmp_path: Path) -> None:
    with EmbeddedMachines(("atlas",)) as machines:
        with pytest.raises(UnknownHostKey):
            await reach(machines, "atlas", trusting=False)
        stranger = tmp_path / "key"
        stranger.touch(mode=0o600)
        stranger.write_bytes(asyncssh.generate_private_key("ssh-ed25519").export_private_key())
        text = machines.ssh_config.read_text()
        machines.ssh_config.write_text(text.replace(f"{machines.place}/client_key", str(stranger)))
        with pytest.raises(AuthenticationFailed):
            await reach(machines, "atlas")


HIDING = "import os, sys; os.fork() and os._exit(0); os.setsid(); os.fork() and os._exit(0); "
HIDING += "os.execve('/bin/sleep', ['sleep', sys.argv[1]], {})"


@pytest.mark.parametrize("how", ["close", "child killed", "told to end"])
async def test_nothing_is_left(how: str, scratch: Path) -> None:
    """Also of what is deaf, was daemonised and, where the child lives, has no environment left."""
    scrubbed = "" if how == "child killed" else f'python3 -c "{HIDING}" 1000.125 >/dev/null 2>&1;'
    with EmbeddedMachines(("atlas",)) as machines:
        transport = await reach(machines, "atlas")
        command = await transport.execute(
            f"(trap '' TERM; setsid sleep 1000.125 >/dev/null 2>&1 &); {scrubbed}"
            "mkdir locked; touch locked/file; chmod 500 locked; echo ready"
        )
        assert await command.read(100) == b"ready\n"
        await transport.close()
        if how == "child killed":
            machines._child.kill()
        elif how == "told to end":
            machines._child.send_signal(signal.SIGTERM)
        started = time.monotonic()
    assert time.monotonic() - started < 5
    assert remains.nothing(scratch, machines.place)
    assert not any("1000.125" in line for line in remains.command_lines())


def test_nothing_is_left_when_the_parent_is_killed(scratch: Path) -> None:
    script = (
        "import time; from clearq_tui.demo.machines import EmbeddedMachines\n"
        "with EmbeddedMachines(('atlas',)) as machines:\n"
        "    print(machines.place, flush=True); time.sleep(1000)"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        place = Path(parent.stdout.readline().decode().strip())
        assert place.is_relative_to(scratch)
        parent.kill()
    wait_for(lambda: remains.nothing(scratch, place), "everything to be gone")


def test_what_stops_them_from_starting_is_said(
    scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", "/proc/none")
    scratch.chmod(0o500)
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    with pytest.raises(ClearqError, match="did not start; the last they said"):
        EmbeddedMachines(("atlas",)).open()


@pytest.mark.parametrize("names", [("../x",), ("a", "a"), ("home",), ("",), ("a b",)])
def test_impossible_names(names: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="embedded machine"):
        EmbeddedMachines(names)
