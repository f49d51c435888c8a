"""Connections to bastions are shared, limited, and made again when they die."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from clearq_tui.fleet.destination import Destination
from clearq_tui.fleet.failures import ConnectFailed, Unreachable
from clearq_tui.fleet.ssh_settings import Surroundings
from clearq_tui.fleet.transports.asyncssh_transport import AsyncsshTransport
from clearq_tui.fleet.transports.bastions import HANDSHAKES_AT_ONCE, Bastions
from clearq_tui.fleet.transports.connect import connect
from tests.fleet.sshd import Sshd, free_port


class Connection:
    """Stands for a connection where only the counting is of interest."""

    def __init__(self) -> None:
        self.closed = asyncio.Event()

    async def close(self) -> None:
        self.closed.set()


@pytest.fixture
def bastions() -> Bastions[Connection]:
    return Bastions()


async def test_one_connection_for_all_and_none_after_the_last(
    bastions: Bastions[Connection],
) -> None:
    made: list[Connection] = []

    async def make() -> Connection:
        await asyncio.sleep(0)
        made.append(Connection())
        return made[-1]

    leases = await asyncio.gather(*(bastions.borrow("b", make) for _ in range(20)))
    other = await bastions.borrow("c", make)
    assert len(made) == 2
    for lease in leases[1:]:
        await lease.release()
        await lease.release()
    assert not made[0].closed.is_set()
    await leases[0].release()
    await other.release()
    assert made[0].closed.is_set()
    assert len(bastions) == 0


async def test_a_dead_connection_is_made_again(bastions: Bastions[Connection]) -> None:
    async def make() -> Connection:
        return Connection()

    first = await bastions.borrow("b", make)
    await first.connection.close()
    second = await bastions.borrow("b", make)
    assert second.connection is not first.connection
    # The user of the dead one gives it back late; the living one must not suffer.
    await first.release()
    third = await bastions.borrow("b", make)
    assert third.connection is second.connection
    await third.release()
    await second.release()
    assert len(bastions) == 0


async def test_all_who_wait_share_the_failure(bastions: Bastions[Connection]) -> None:
    tries = 0

    async def make() -> Connection:
        nonlocal tries
        tries += 1
        await asyncio.sleep(0.01)
        raise Unreachable("The bastion is down.")

    results = await asyncio.gather(
        *(bastions.borrow("b", make) for _ in range(50)), return_exceptions=True
    )
    assert all(isinstance(result, Unreachable) for result in results)
    assert tries == 1
    assert len(bastions) == 0


async def test_who_gives_up_waiting_leaves_no_connection(bastions: Bastions[Connection]) -> None:
    ended = asyncio.Event()

    async def make() -> Connection:
        try:
            await asyncio.sleep(1000)
        finally:
            ended.set()
        return Connection()

    waiting = [asyncio.create_task(bastions.borrow("b", make)) for _ in range(2)]
    await asyncio.sleep(0.01)
    waiting[0].cancel()
    await asyncio.wait([waiting[0]])
    assert not ended.is_set()
    waiting[1].cancel()
    await asyncio.wait([waiting[1]])
    assert ended.is_set()
    assert len(bastions) == 0


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[Sshd, Sshd]]:
    """A bastion with the stock limit; the machine behind it bears few more handshakes than ours."""
    machine = Sshd(tmp_path / "machine", max_startups=str(HANDSHAKES_AT_ONCE + 4))
    bastion = Sshd(tmp_path / "bastion", max_startups="10:30:100", extra=["MaxSessions 0"])
    bastion.authorized_keys.write_text(machine.authorized_keys.read_text())
    with machine, bastion:
        yield bastion, machine


def through(bastion: Sshd, machine: Sshd) -> tuple[Destination, Surroundings]:
    config = (
        f"Host outer\n HostName 127.0.0.1\n Port {bastion.port}\n"
        f"Host inner*\n HostName 127.0.0.1\n Port {machine.port}\n ProxyJump outer\n"
        f"Host *\n IdentityFile {machine.client_key}\n"
    )
    known = bastion.known_hosts() + machine.known_hosts()
    return Destination("inner1"), machine.surroundings(config=config, known_hosts=known)


async def test_sixty_machines_share_one_connection(pair: tuple[Sshd, Sshd]) -> None:
    bastion, machine = pair
    destination, surroundings = through(bastion, machine)
    shared: Bastions[AsyncsshTransport] = Bastions()
    transports = await asyncio.gather(
        *(
            connect(dataclasses.replace(destination, host=f"inner{n}"), surroundings, shared)
            for n in range(60)
        )
    )
    assert bastion.logged("Accepted publickey") == 1
    assert machine.logged("Accepted publickey") == 60
    stream = await transports[37].execute("echo 37")
    assert await stream.read(10) == b"37\n"
    await asyncio.gather(*(transport.close() for transport in transports))
    assert len(shared) == 0


async def test_a_bastion_that_dies_takes_all_along_and_is_opened_again(
    pair: tuple[Sshd, Sshd],
) -> None:
    bastion, machine = pair
    destination, surroundings = through(bastion, machine)
    shared: Bastions[AsyncsshTransport] = Bastions()
    first = await connect(destination, surroundings, shared)
    second = await connect(destination, surroundings, shared)
    bastion.drop_connections()
    for transport in (first, second):
        await asyncio.wait_for(transport.closed.wait(), 30)
        assert transport.closed_because
    third = await connect(destination, surroundings, shared)
    await first.close()
    await second.close()
    stream = await third.execute("echo again")
    assert await stream.read(10) == b"again\n"
    await third.close()
    assert len(shared) == 0
    assert bastion.logged("Accepted publickey") == 2


async def test_a_failed_login_gives_its_share_back(pair: tuple[Sshd, Sshd]) -> None:
    bastion, machine = pair
    destination, surroundings = through(bastion, machine)
    shared: Bastions[AsyncsshTransport] = Bastions()
    wrong = dataclasses.replace(destination, port=free_port())
    with pytest.raises(ConnectFailed, match="could not connect on"):
        await connect(wrong, surroundings, shared)
    assert len(shared) == 0
