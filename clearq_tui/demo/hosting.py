"""The child process behind `EmbeddedMachines`: hosts the machines, and clears up in the end.

It is a subreaper, so that whatever an agent or a task starts, however it detaches itself, is below
it. Its standard input is the leash: at its end, which comes with the end of the parent too, all is
ended and removed.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import asyncssh

from clearq_tui.demo.clearing import MARK, clear
from clearq_tui.demo.machines import LOOPBACK
from clearq_tui.demo.ssh_server import serve
from remote_agent.prctl import become_subreaper


def main(names: Sequence[str]) -> None:
    """Host the machines until standard input ends."""
    become_subreaper()
    place = Path(tempfile.mkdtemp(prefix="clearq-demo-"))
    try:
        asyncio.run(_host(place, names))
    finally:
        clear(place, os.getpid())


async def _host(place: Path, names: Sequence[str]) -> None:
    end = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(0, _listen_for_end, end)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, end.set)
    client_key = asyncssh.generate_private_key("ssh-ed25519")
    _write_private(place / "client_key", client_key.export_private_key())
    ports, host_keys = {}, {}
    async with contextlib.AsyncExitStack() as servers:
        for name in names:
            (place / name).mkdir(mode=0o700)
            key = asyncssh.generate_private_key("ssh-ed25519")
            server = await serve(place / name, _environment(place, name), key, client_key)
            await servers.enter_async_context(server)
            ports[name] = server.get_port()
            host_keys[name] = key.export_public_key().decode().strip()
        _write_private(place / "ssh_config", _ssh_config(place, ports).encode())
        _say({"place": str(place), "ports": ports, "host_keys": host_keys})
        _speak_into(place / "hosting.log")
        await end.wait()
        # At once, and without a farewell to connections that may be in any state.
        clear(place, os.getpid())
        os._exit(0)


def _listen_for_end(end: asyncio.Event) -> None:
    if not os.read(0, 4096):
        asyncio.get_running_loop().remove_reader(0)
        end.set()


def _environment(place: Path, name: str) -> dict[str, str]:
    """What a command finds on a machine; nothing of the operator's."""
    home = str(place / name)
    return {
        MARK: str(place),
        "HOME": home,
        "PATH": os.environ.get("PATH", os.defpath),
        "SHELL": "/bin/sh",
        "USER": "demo",
        "LOGNAME": "demo",
        "LANG": "C.UTF-8",
    }


def _ssh_config(place: Path, ports: dict[str, int]) -> str:
    hosts = "".join(f"Host {name}\n    Port {port}\n" for name, port in ports.items())
    return f"""{hosts}Host *
    HostName {LOOPBACK}
    User demo
    IdentityFile "{place}/client_key"
    IdentitiesOnly yes
    IdentityAgent none
    UserKnownHostsFile none
    GlobalKnownHostsFile none
"""


def _write_private(path: Path, data: bytes) -> None:
    path.touch(mode=0o600, exist_ok=False)
    path.write_bytes(data)


def _say(words: dict[str, object]) -> None:
    """The one line that tells the parent where everything is."""
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


def _speak_into(log: Path) -> None:
    """From now on nobody reads what is said on standard error."""
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(file, 2)
    os.close(file)


if __name__ == "__main__":
    main(sys.argv[1:])
