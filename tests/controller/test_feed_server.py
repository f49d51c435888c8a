"""The controller's socket, with the real client at its other end."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from clearq_tui import feed
from clearq_tui.controller.feed_server import BACKLOG_LIMIT, FeedServer
from clearq_tui.feed.messages import LogGrew, decode_request
from clearq_tui.paths import Home


class Served:
    """A server that counts what it is asked."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.nudges = 0
        self.stops = 0
        self.keys: list[bytes] = []
        self.server = FeedServer(
            home, nudged=self._nudged, stopped=self._stopped, unlocked=self._unlocked
        )

    def _nudged(self) -> None:
        self.nudges += 1

    def _stopped(self) -> None:
        self.stops += 1

    def _unlocked(self, key: bytes) -> bool:
        self.keys.append(key)
        return bool(self.keys[0])

    async def until(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 30
        while not condition():
            assert time.monotonic() < deadline
            await asyncio.sleep(0.005)


@pytest_asyncio.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    home = Home(tmp_path / "home")
    home.create()
    served = Served(home)
    await served.server.start()
    yield served
    await served.server.close()


async def test_nudge_and_stop_arrive(served: Served) -> None:
    assert await asyncio.to_thread(feed.nudge, served.home)
    assert await asyncio.to_thread(feed.stop, served.home)
    await served.until(lambda: served.nudges == 1 and served.stops == 1)


async def test_a_key_arrives_and_is_answered(served: Served) -> None:
    assert await asyncio.to_thread(feed.unlock, served.home, b"the key") is True
    assert await asyncio.to_thread(feed.unlock, served.home) is True
    assert served.keys == [b"the key", b""]
    await served.server.close()
    assert await asyncio.to_thread(feed.unlock, served.home, b"the key") is None


@pytest.mark.parametrize("key", ['"5ec7e7', '"5EC7E7"', "5", '["5ec7e7"]', '"5ec"'])
async def test_a_wrong_key_is_never_quoted(key: str) -> None:
    with pytest.raises(ValueError, match=r"unlock\.key|JSON") as caught:
        decode_request(b'{"type":"unlock","key":' + key.encode() + b"}\n")
    assert "5ec" not in str(caught.value).lower()


async def test_changes_in_a_burst_are_told_as_few(served: Served) -> None:
    stream = feed.subscribe(served.home)
    assert (await anext(stream))["type"] == "hello"
    for _ in range(1000):
        served.server.tell_changed()
    assert (await anext(stream))["type"] == "changed"
    served.server.tell(LogGrew(type="log", attempt="1.1", size=3))
    assert (await anext(stream))["type"] == "log"
    await stream.aclose()


async def test_a_subscriber_that_does_not_read_is_let_go_and_others_are_served(
    served: Served,
) -> None:
    with socket.socket(socket.AF_UNIX) as sleeper:
        sleeper.connect(str(served.home.socket))
        sleeper.sendall(b'{"type":"subscribe"}\n')
        await served.until(lambda: served.server.has_subscribers)
        for _ in range(2 * BACKLOG_LIMIT // 1000):
            served.server.tell(LogGrew(type="log", attempt="1" * 1000, size=1))
            await asyncio.sleep(0)
        await served.until(lambda: not served.server.has_subscribers)
    stream = feed.subscribe(served.home)
    assert (await anext(stream))["type"] == "hello"
    await stream.aclose()


@pytest.mark.parametrize("nonsense", [b"hello\n", b'{"type":"reboot"}\n', b"[]\n", b"\xff" * 10])
async def test_nonsense_ends_its_own_conversation_alone(served: Served, nonsense: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as stranger:
        stranger.connect(str(served.home.socket))
        stranger.sendall(nonsense)
        stranger.shutdown(socket.SHUT_WR)
        stranger.settimeout(30)
        assert await asyncio.to_thread(stranger.recv, 1) == b""
    assert await asyncio.to_thread(feed.nudge, served.home)
    await served.until(lambda: served.nudges == 1)


async def test_nobody_else_may_connect(served: Served) -> None:
    assert served.home.socket.stat().st_mode & 0o077 == 0
    assert served.home.root.stat().st_mode & 0o077 == 0


async def test_a_socket_left_behind_is_replaced(served: Served) -> None:
    await served.server.close()
    served.home.socket.touch()
    again = Served(served.home)
    await again.server.start()
    assert await asyncio.to_thread(feed.nudge, served.home)
    await again.until(lambda: again.nudges == 1)
    await again.server.close()
    assert not served.home.socket.exists()
