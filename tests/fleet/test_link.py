"""The driver of a link: what ends it, and that it says why. The stream is a real socket."""

from __future__ import annotations

import asyncio
import itertools
import socket
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from clearq_tui.fleet.link import Link, LinkEnded
from clearq_tui.fleet.output_effects import OutputEffect
from clearq_tui.fleet.session import SILENT_AFTER, Opening
from clearq_tui.fleet.transports.local_transport import LocalTransport
from remote_agent.messages import Event, Refused, Welcome, encode_message


class Owner:
    """Wants nothing and keeps nothing."""

    def welcomed(self, welcome: Welcome, *, journal_replaced: bool) -> None: ...
    def build_lease(self, attempt: str) -> None: ...
    def take_events(self, journal: str, events: tuple[Event, ...]) -> None: ...
    def bring_secrets(self, attempt: str) -> None: ...
    def write_stream(
        self, attempt: str, stream: str, offset: int, data: bytes, *, last: bool
    ) -> None: ...
    def show(self, sample: Mapping[str, Any]) -> None: ...
    def act_on_outputs(self, effect: OutputEffect) -> None: ...
    def blob_path(self, sha256: str) -> Path | None:
        return None


class Agent:
    """The other end: a socket that says what the test wants, and otherwise nothing."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / "agent.sock"
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self.path))
        self._listener.listen()

    def say(self, data: bytes, *, then_close: bool) -> None:
        connection, _ = self._listener.accept()
        connection.recv(65536)
        connection.sendall(data)
        if then_close:
            connection.close()
        else:
            self.kept = connection

    def close(self) -> None:
        self._listener.close()
        if hasattr(self, "kept"):
            self.kept.close()


async def ended(tmp_path: Path, said: bytes, *, then_close: bool = False) -> LinkEnded:
    agent = Agent(tmp_path)
    stream = await LocalTransport().open_socket(str(agent.path))
    speaking = asyncio.create_task(asyncio.to_thread(agent.say, said, then_close=then_close))
    try:
        async with asyncio.timeout(60):
            return await Link(stream, Opening("store", 1, "", 0, "build"), Owner()).run()
    finally:
        await speaking
        agent.close()


async def test_an_agent_that_leaves(tmp_path: Path) -> None:
    assert (await ended(tmp_path, b"", then_close=True)).reason == "The agent closed the link."


async def test_an_agent_that_refuses(tmp_path: Path) -> None:
    end = await ended(tmp_path, encode_message(Refused("another store")))
    assert end == ("The agent refused: another store.", True)


async def test_an_agent_that_talks_nonsense(tmp_path: Path) -> None:
    end = await ended(tmp_path, b"\xff" * 64)
    assert end.reason.startswith("The agent broke the protocol: a frame of 4294967295 bytes")
    assert not end.final


async def test_a_laptop_that_slept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moments = itertools.count(1e9, SILENT_AFTER + 1)
    monkeypatch.setattr(time, "time", lambda: next(moments))
    assert (await ended(tmp_path, b"")).reason == "This laptop slept."
