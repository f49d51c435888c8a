"""The client's side against a real Unix socket and a real lock."""

from __future__ import annotations

import asyncio
import fcntl
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from clearq_tui import feed
from clearq_tui.feed.messages import decode_request, encode
from clearq_tui.model import ClearqError
from clearq_tui.paths import Home


@pytest.fixture(params=["short", "x" * 150])
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Home:
    home = Home(tmp_path / request.param)
    home.create()
    return home


class Listener:
    """A controller's socket that notes what it hears and says what it is given."""

    def __init__(self, said: bytes) -> None:
        self.said = said
        self.heard: asyncio.Queue[bytes] = asyncio.Queue()

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self.heard.put(await reader.readline())
        writer.write(self.said)
        writer.close()


@pytest.fixture
async def listener(home: Home) -> AsyncIterator[Listener]:
    listener = Listener(encode({"type": "hello", "pid": 7}) + encode({"type": "changed"}))
    with feed.socket_address(home) as address:
        server = await asyncio.start_unix_server(listener.converse, address)
    yield listener
    server.close()
    await server.wait_closed()


async def heard(listener: Listener) -> str:
    return decode_request(await asyncio.wait_for(listener.heard.get(), 30))["type"]


async def test_requests_arrive(home: Home, listener: Listener) -> None:
    assert feed.nudge(home)
    assert await heard(listener) == "nudge"
    assert feed.stop(home)
    assert await heard(listener) == "stop"
    assert feed.listens(home)
    assert await asyncio.wait_for(listener.heard.get(), 30) == b""


async def test_a_subscriber_hears_until_the_controller_leaves(
    home: Home, listener: Listener
) -> None:
    notices = [notice async for notice in feed.subscribe(home)]
    assert notices == [{"type": "hello", "pid": 7}, {"type": "changed"}]
    assert await heard(listener) == "subscribe"


@pytest.mark.parametrize("said", [b"nonsense\n", b'{"type":"boo"}\n', b"x" * (3 << 20)])
async def test_nonsense_is_an_error(home: Home, listener: Listener, said: bytes) -> None:
    listener.said = said
    with pytest.raises(ClearqError, match="cannot be understood"):
        [notice async for notice in feed.subscribe(home)]


async def test_a_line_cut_short_ends_the_feed(home: Home, listener: Listener) -> None:
    listener.said = encode({"type": "changed"}) + b'{"type":"cha'
    assert [notice async for notice in feed.subscribe(home)] == [{"type": "changed"}]


async def test_nobody_listens(home: Home) -> None:
    assert not feed.nudge(home)
    assert not feed.stop(home)
    with pytest.raises(feed.NobodyListens, match="clearq up"):
        [notice async for notice in feed.subscribe(home)]


def test_a_dead_socket_is_nobody(home: Home) -> None:
    home.socket.touch()
    assert not feed.nudge(home)


@pytest.fixture
def held_lock(home: Home) -> Iterator[int]:
    descriptor = os.open(home.lock, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    os.write(descriptor, f"{os.getpid()}\n".encode())
    yield descriptor
    os.close(descriptor)


def test_the_holder_of_the_lock_is_the_controller(home: Home, held_lock: int) -> None:
    assert feed.controller_pid(home) == os.getpid()
    fcntl.flock(held_lock, fcntl.LOCK_UN)
    assert feed.controller_pid(home) is None


def test_no_lock_no_controller(home: Home) -> None:
    assert feed.controller_pid(home) is None
    for written in ("", "soon", "-1", str(1 << 70)):
        home.lock.write_text(written)
        assert feed.controller_pid(home) is None


def test_a_controller_that_is_starting_is_left_alone(home: Home, held_lock: int) -> None:
    """It holds the lock, and the pid of the one before it still stands in the file."""
    before = subprocess.Popen(["true"])
    before.wait()
    os.ftruncate(held_lock, 0)
    os.pwrite(held_lock, str(before.pid).encode(), 0)
    assert feed.controller_pid(home) is None


def test_a_running_controller_is_not_started_again(home: Home, held_lock: int) -> None:
    feed.start_controller(home, wait=0)
    assert not home.controller_log.exists()
    with pytest.raises(ClearqError, match=r"did not answer within 0.05 s. It runs"):
        feed.start_controller(home, wait=0.05)
    home.controller_log.write_text("Thinking.\n\n")
    with pytest.raises(ClearqError, match=r"controller.log; its last line is: Thinking\."):
        feed.start_controller(home, wait=0.05)


def test_the_feed_imports_nothing_slow() -> None:
    listing = "import sys, clearq_tui.feed; print(*sys.modules)"
    modules = subprocess.check_output([sys.executable, "-c", listing], text=True).split()
    assert not {"asyncio", "subprocess", "logging"} & set(modules)
