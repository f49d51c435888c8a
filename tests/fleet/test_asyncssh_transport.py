"""asyncssh against a real sshd."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from clearq_tui.fleet.transports.base import StreamBroken, StreamRefused, Transport
from clearq_tui.fleet.transports.connect import connect
from tests.fleet.sshd import Sshd


@pytest.fixture
async def transport(sshd: Sshd) -> AsyncIterator[Transport]:
    transport = await connect(sshd.destination(), sshd.surroundings())
    yield transport
    await transport.close()


async def read_all(stream: object) -> bytes:
    data = b""
    while piece := await stream.read(65536):  # type: ignore[attr-defined]
        data += piece
    return data


async def test_a_command_gives_output_errors_and_status(transport: Transport) -> None:
    stream = await transport.execute("cat; echo oops >&2; exit 7")
    stream.write(b"hello")
    await stream.drain()
    assert await stream.read(100) == b"hello"
    await stream.close()

    stream = await transport.execute("echo out; echo oops >&2; exit 7")
    assert await read_all(stream) == b"out\n"
    assert stream.errors == b"oops\n"
    assert stream.exit_status == 7
    await stream.close()
    await stream.close()


async def test_a_socket_is_reached_without_a_process(transport: Transport, tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        listener.setblocking(False)
        stream = await transport.open_socket(path)
        loop = asyncio.get_running_loop()
        peer, _ = await loop.sock_accept(listener)
        with peer:
            stream.write(b"ping")
            assert await loop.sock_recv(peer, 100) == b"ping"
            await loop.sock_sendall(peer, b"pong")
            assert await stream.read(100) == b"pong"
        assert await stream.read(100) == b""
        await stream.close()


async def test_no_socket_is_refused(transport: Transport, tmp_path: Path) -> None:
    with pytest.raises(StreamRefused):
        await transport.open_socket(str(tmp_path / "nobody"))


async def test_a_lost_connection_is_noticed(transport: Transport, sshd: Sshd) -> None:
    stream = await transport.execute("cat")
    sshd.drop_connections()
    with pytest.raises(StreamBroken):
        await stream.read(10)
    await asyncio.wait_for(transport.closed.wait(), 5)
    assert "lost" in transport.closed_because
    stream.write(b"into the void")
    with pytest.raises(StreamBroken):
        await stream.drain()
    await stream.close()
