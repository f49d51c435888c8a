"""What every transport promises, against a real sshd, a real ssh, and this machine."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from clearq_tui.fleet.destination import Destination
from clearq_tui.fleet.transports.base import (
    ERRORS_KEPT,
    ByteStream,
    StreamBroken,
    StreamRefused,
    Transport,
)
from clearq_tui.fleet.transports.connect import connect
from tests.fleet.sshd import Sshd


@pytest.fixture(scope="module")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with Sshd(tmp_path_factory.mktemp("sshd")) as server:
        yield server


@pytest.fixture(params=["asyncssh", "openssh", "local"])
async def transport(request: pytest.FixtureRequest, sshd: Sshd) -> AsyncIterator[Transport]:
    destination = dataclasses.replace(sshd.destination(), transport=request.param)
    if request.param == "local":
        destination = Destination("", transport="local")
    transport = await connect(destination, sshd.surroundings())
    yield transport
    await transport.close()
    assert transport.closed.is_set()
    await transport.close()


@pytest.fixture
async def over_asyncssh(sshd: Sshd) -> AsyncIterator[Transport]:
    transport = await connect(sshd.destination(), sshd.surroundings())
    yield transport
    await transport.close()


async def read_all(stream: ByteStream) -> bytes:
    data = b""
    while piece := await stream.read(65536):
        data += piece
    return data


async def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "it did not happen within 10 s"
        await asyncio.sleep(0.01)


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_a_command_gives_output_errors_and_status(transport: Transport) -> None:
    stream = await transport.execute("echo out; echo oops >&2; exit 7")
    assert await read_all(stream) == b"out\n"
    assert b"oops\n" in stream.errors
    assert stream.exit_status == 7
    await stream.close()
    await stream.close()


async def test_a_command_is_talked_with(transport: Transport) -> None:
    stream = await transport.execute("exec cat")
    for word in (b"one", b"two\x00\xff\n~.\n"):
        stream.write(word)
        await stream.drain()
        assert await stream.read(100) == word
    assert stream.exit_status is None
    await stream.close()
    stream.write(b"dropped")
    with pytest.raises(StreamBroken):
        await stream.drain()


async def test_there_is_no_terminal(transport: Transport) -> None:
    stream = await transport.execute("test -t 0 || test -t 1 || echo none")
    assert await read_all(stream) == b"none\n"
    await stream.close()


async def test_closing_ends_a_command_that_reads(transport: Transport) -> None:
    stream = await transport.execute("echo $$; exec cat")
    pid = int(await stream.read(100))
    await stream.close()
    await until(lambda: not is_running(pid))


@pytest.mark.parametrize("transport", ["local"], indirect=True)
async def test_closing_ends_a_command_that_ignores_its_input(transport: Transport) -> None:
    stream = await transport.execute("trap '' TERM HUP; echo $$; while :; do sleep 1000; done")
    pid = int(await stream.read(100))
    await stream.close()
    await until(lambda: not is_running(pid))


async def test_megabytes_pass_unharmed_and_nothing_piles_up(transport: Transport) -> None:
    stream = await transport.execute("exec cat")
    sent = os.urandom(1 << 20) * 8

    async def send() -> None:
        for start in range(0, len(sent), 1 << 16):
            stream.write(sent[start : start + (1 << 16)])
            await stream.drain()

    sending = asyncio.create_task(send())
    # Nobody reads: the writer must stand still long before all is sent.
    await asyncio.sleep(0.3)
    assert not sending.done()
    received = b""
    while len(received) < len(sent):
        received += await stream.read(1 << 20)
    await sending
    assert received == sent
    await stream.close()


async def test_errors_are_bounded(transport: Transport) -> None:
    stream = await transport.execute("head -c 300000 /dev/zero | tr '\\0' x >&2; echo done")
    assert await read_all(stream) == b"done\n"
    assert len(stream.errors) == ERRORS_KEPT
    await stream.close()


async def test_an_exec_that_dies_of_a_signal_has_no_good_status(transport: Transport) -> None:
    stream = await transport.execute("kill -TERM $$")
    assert await read_all(stream) == b""
    assert stream.exit_status not in (None, 0)
    await stream.close()


@pytest.mark.parametrize("transport", ["asyncssh", "local"], indirect=True)
async def test_a_socket_is_reached(transport: Transport, tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        listener.setblocking(False)
        stream = await transport.open_socket(path)
        peer, _ = await loop.sock_accept(listener)
        with peer:
            stream.write(b"ping")
            assert await loop.sock_recv(peer, 100) == b"ping"
            await loop.sock_sendall(peer, b"pong")
            assert await stream.read(100) == b"pong"
        assert await stream.read(100) == b""
        await stream.close()


@pytest.mark.parametrize("transport", ["asyncssh", "local"], indirect=True)
async def test_closing_a_socket_is_seen_by_the_other_end(
    transport: Transport, tmp_path: Path
) -> None:
    path = str(tmp_path / "s")
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        listener.setblocking(False)
        stream = await transport.open_socket(path)
        peer, _ = await loop.sock_accept(listener)
        with peer:
            await stream.close()
            assert await asyncio.wait_for(loop.sock_recv(peer, 100), 30) == b""


async def test_no_socket_is_refused(transport: Transport, tmp_path: Path) -> None:
    with pytest.raises(StreamRefused):
        await transport.open_socket(str(tmp_path / "nobody"))


async def test_forbidden_forwarding_is_refused(tmp_path: Path) -> None:
    with Sshd(tmp_path / "sshd", allow_streamlocal=False) as server:
        transport = await connect(server.destination(), server.surroundings())
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(tmp_path / "s"))
            listener.listen()
            with pytest.raises(StreamRefused):
                await transport.open_socket(str(tmp_path / "s"))
        await transport.close()


async def test_a_lost_connection_is_noticed(over_asyncssh: Transport, sshd: Sshd) -> None:
    transport = over_asyncssh
    stream = await transport.execute("cat")
    sshd.drop_connections()
    with pytest.raises(StreamBroken):
        await stream.read(10)
    await asyncio.wait_for(transport.closed.wait(), 30)
    assert "lost" in transport.closed_because
    stream.write(b"into the void")
    with pytest.raises(StreamBroken):
        await stream.drain()
    await stream.close()
    with pytest.raises(StreamRefused):
        await transport.execute("true")


async def test_closing_leaves_nothing_on_the_server(sshd: Sshd) -> None:
    transport = await connect(sshd.destination(), sshd.surroundings())
    await transport.execute("exec sleep 3")
    await until(lambda: sshd.connections() == 1)
    await transport.close()
    assert transport.closed_because == ""
    await until(lambda: sshd.connections() == 0)


async def test_closing_openssh_leaves_no_client(sshd: Sshd) -> None:
    destination = dataclasses.replace(sshd.destination(), transport="openssh")
    transport = await connect(destination, sshd.surroundings())
    stream = await transport.execute("echo up; exec sleep 3")
    assert await stream.read(10) == b"up\n"
    await transport.close()
    await until(lambda: sshd.connections() == 0)
