"""Which keys asyncssh offers, what a cut connection does, and what a cancelled login leaves."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from clearq_tui.fleet.destination import Destination
from clearq_tui.fleet.failures import AuthenticationFailed
from clearq_tui.fleet.ssh_settings import Surroundings
from clearq_tui.fleet.transports import asyncssh_transport
from clearq_tui.fleet.transports.bastions import Bastions
from clearq_tui.fleet.transports.connect import connect
from tests.fleet.sshd import RELAY, Sshd, children, make_key, public_line


class Agent:
    """A real ssh-agent with some keys."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / "agent"
        self._process = subprocess.Popen(
            ["ssh-agent", "-D", "-a", str(self.path)], stdout=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 30
        while not self.path.exists():
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def add(self, *keys: Path) -> None:
        environment = {**os.environ, "SSH_AUTH_SOCK": str(self.path)}
        subprocess.run(["ssh-add", "-q", *map(str, keys)], env=environment, check=True)

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[Agent]:
    agent = Agent(tmp_path)
    yield agent
    agent.stop()


def without_identity(sshd: Sshd) -> Destination:
    return dataclasses.replace(sshd.destination(), identity=None)


async def get_in(destination: Destination, surroundings: Surroundings) -> None:
    transport = await connect(destination, surroundings)
    await transport.close()


async def test_a_key_of_the_agent(sshd: Sshd, agent: Agent) -> None:
    agent.add(sshd.client_key)

    def surroundings(config: str, socket: object) -> Surroundings:
        plain = sshd.surroundings(config=config)
        environment = {"SSH_AUTH_SOCK": str(socket), "OTHER": str(agent.path)}
        return dataclasses.replace(plain, environment={**plain.environment, **environment})

    destination = without_identity(sshd)
    await get_in(destination, surroundings("", agent.path))
    await get_in(destination, surroundings("IdentityAgent SSH_AUTH_SOCK\n", agent.path))
    await get_in(destination, surroundings("IdentityAgent $OTHER\n", "/nowhere"))
    await get_in(destination, surroundings(f"IdentityAgent {agent.path}\n", "/nowhere"))
    with pytest.raises(AuthenticationFailed, match="offered no key"):
        await get_in(destination, surroundings("IdentityAgent none\n", agent.path))


async def test_an_agent_that_does_not_answer_is_pointed_out(sshd: Sshd, tmp_path: Path) -> None:
    surroundings = sshd.surroundings(config=f"IdentityAgent {tmp_path}/nobody\n")
    with pytest.raises(AuthenticationFailed, match="nobody did not answer"):
        await get_in(without_identity(sshd), surroundings)
    await get_in(sshd.destination(), surroundings)


async def test_the_named_key_of_a_full_agent_comes_first(
    sshd: Sshd, agent: Agent, tmp_path: Path
) -> None:
    agent.add(*(make_key(tmp_path / f"key{n}") for n in range(8)), sshd.client_key)
    public = tmp_path / "only.pub"
    public.write_text(public_line(sshd.client_key))
    # As with ssh, the file may hold the public half alone, or not exist beside it.
    for name in (public, tmp_path / "only", sshd.client_key):
        config = f"IdentityAgent {agent.path}\nIdentityFile {name}\nIdentitiesOnly yes\n"
        await get_in(without_identity(sshd), sshd.surroundings(config=config))
    with pytest.raises(AuthenticationFailed, match="Too many authentication failures") as caught:
        await get_in(
            without_identity(sshd), sshd.surroundings(config=f"IdentityAgent {agent.path}\n")
        )
    assert str(caught.value).count("(ssh-agent)") >= 5


async def test_a_certificate_for_the_user(sshd: Sshd, tmp_path: Path) -> None:
    authority, key = make_key(tmp_path / "ca"), make_key(tmp_path / "key")
    sign(authority, key, sshd.user)
    sshd.authorized_keys.write_text(f"cert-authority {public_line(authority)}\n")
    await get_in(dataclasses.replace(sshd.destination(), identity=str(key)), sshd.surroundings())
    elsewhere = (tmp_path / "key-cert.pub").rename(tmp_path / "elsewhere.pub")
    config = f"CertificateFile {elsewhere}\nIdentityFile {key}\n"
    await get_in(without_identity(sshd), sshd.surroundings(config=config))


def sign(authority: Path, key: Path, principal: str) -> None:
    arguments = ["ssh-keygen", "-q", "-s", str(authority), "-I", "x", "-n", principal]
    subprocess.run([*arguments, f"{key}.pub"], check=True)


async def test_tokens_in_paths(sshd: Sshd, tmp_path: Path) -> None:
    (tmp_path / sshd.user).symlink_to(sshd.client_key)
    (tmp_path / "known of 127.0.0.1").write_text(sshd.known_hosts())
    config = (
        f"IdentityFile ${{KEYS}}/%r\nUserKnownHostsFile '{tmp_path}/known of %h' ~/unused\n"
        "GlobalKnownHostsFile none\n"
    )
    surroundings = sshd.surroundings(config=config)
    surroundings = dataclasses.replace(
        surroundings,
        known_hosts=None,
        environment={**surroundings.environment, "KEYS": str(tmp_path)},
    )
    await get_in(without_identity(sshd), surroundings)


async def test_a_silent_connection_is_given_up(sshd: Sshd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asyncssh_transport, "KEEPALIVE_INTERVAL", 0.1)
    transport = await connect(sshd.destination(), sshd.surroundings())
    # Stands for a partition: the other end is there but says nothing any more.
    processes = sshd.processes()
    for pid in processes:
        os.kill(pid, signal.SIGSTOP)
    try:
        await asyncio.wait_for(transport.closed.wait(), 30)
        assert "lost" in transport.closed_because
        await asyncio.wait_for(transport.close(), 30)
    finally:
        for pid in processes:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


async def test_a_cancelled_login_leaves_nothing(sshd: Sshd, tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    config = f"ProxyCommand sh -c 'echo $$ > {mark}; exec sleep 1000'\n"
    bastions: Bastions[asyncssh_transport.AsyncsshTransport] = Bastions()
    connecting = asyncio.create_task(
        connect(sshd.destination(), sshd.surroundings(config=config), bastions)
    )
    deadline = time.monotonic() + 30
    while not (mark.exists() and mark.read_text()):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)
    connecting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await connecting
    assert command_line(int(mark.read_text())) == ""


async def test_closing_ends_the_proxy_command(sshd: Sshd, tmp_path: Path) -> None:
    relay = tmp_path / "relay.py"
    relay.write_text(RELAY)
    config = f"ProxyCommand {sys.executable} {relay} %h %p\n"
    transport = await connect(sshd.destination(), sshd.surroundings(config=config))
    started = [pid for pid in children(os.getpid()) if relay.name in command_line(pid)]
    assert len(started) == 1
    await transport.close()
    assert relay.name not in command_line(started[0])


def command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
