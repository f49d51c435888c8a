"""Silence, slowness and crowds on links, with a clock of the test's."""

from __future__ import annotations

import selectors
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from remote_agent.connection import HELLO_WITHIN, PING_EVERY, SILENT_AFTER
from remote_agent.links import MOST_LINKS, Links
from remote_agent.listening import listen
from remote_agent.messages import Ping, Pong, decode_message, encode_message
from remote_agent.wire import Frame, FrameReader


class Office:
    """Links with a selector, and clients that connect to them."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.now = 100.0
        self.frames: list[tuple[int, Frame]] = []
        self.selector = selectors.DefaultSelector()
        self.links = Links(
            self.selector, listen(path), lambda link, frame, _now: self.frames.append((link, frame))
        )
        self.clients: list[socket.socket] = []

    def connect(self) -> socket.socket:
        client = socket.socket(socket.AF_UNIX)
        client.settimeout(30)
        client.connect(self.path)
        self.clients.append(client)
        self.turn()
        return client

    def turn(self) -> None:
        while ready := self.selector.select(0):
            for key, _ in ready:
                key.data(self.now)
            self.links.flush()
            if all(key.events == selectors.EVENT_READ for key, _ in ready):
                continue
            break
        self.links.flush()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(str(tmp_path / "s"))
    yield made
    made.links.close_all()
    for client in made.clients:
        client.close()
    made.selector.close()


def test_a_link_that_says_nothing_is_ended(office: Office) -> None:
    client = office.connect()
    office.links.tick(office.now + HELLO_WITHIN - 1, None)
    assert list(office.links.ended()) == []
    office.links.tick(office.now + HELLO_WITHIN, None)
    assert [link for link, _ in office.links.ended()] == [1]
    assert client.recv(1) == b""


def test_the_attached_link_is_pinged_and_ended_when_silent(office: Office) -> None:
    client = office.connect()
    start = office.now
    for seconds in (PING_EVERY, 2 * PING_EVERY):
        office.links.tick(start + seconds, 1)
    office.links.flush()
    pings = [decode_message(f.payload) for f in FrameReader().feed(client.recv(4096))]
    assert pings == [Ping(0), Ping(0)]
    office.now = start + 2 * PING_EVERY
    client.sendall(encode_message(Pong(0)))
    office.turn()
    office.links.tick(start + SILENT_AFTER + 1, 1)
    assert list(office.links.ended()) == []
    office.links.tick(office.now + SILENT_AFTER + 1, 1)
    assert [link for link, _ in office.links.ended()] == [1]


@pytest.mark.parametrize("attached", [None, 1])
def test_after_a_tick_there_is_nothing_to_do_for_a_while(
    attached: int | None, office: Office
) -> None:
    assert office.links.next_tick(attached) is None
    office.connect()
    for _ in range(10):
        due = office.links.next_tick(attached)
        if due is None:
            break
        assert due > office.now, "it would be called again and again"
        office.now = due
        office.links.tick(due, attached)
    assert [link for link, _ in office.links.ended()] == [1]


def test_a_crowd_costs_the_quietest_its_place(office: Office) -> None:
    first = office.connect()
    for number in range(1, MOST_LINKS + 1):
        office.now = 100.0 + number
        office.connect()
    assert [link for link, _ in office.links.ended()] == [1]
    assert first.recv(1) == b""


def test_what_a_slow_reader_does_not_take_waits(office: Office) -> None:
    client = office.connect()
    sent = [Ping(number) for number in range(200_000)]
    for message in sent:
        office.links.tell(1, message)
    office.links.flush()
    outbox = office.links.outbox(1)
    assert outbox is not None
    assert not outbox.is_empty, "no socket takes so much at once"
    office.links.close_when_written(1)
    reader, heard = FrameReader(), []
    while True:
        office.links.flush()
        data = client.recv(1 << 20)
        if not data:
            break
        heard += [decode_message(frame.payload) for frame in reader.feed(data)]
    assert heard == sent
    assert [link for link, _ in office.links.ended()] == [1]


def test_a_link_that_is_closing_is_not_heard(office: Office) -> None:
    client = office.connect()
    for _ in range(100_000):
        office.links.tell(1, Ping(0))
    office.links.close_when_written(1)
    client.sendall(encode_message(Ping(7)))
    office.turn()
    assert office.frames == []


def test_files_of_sockets_are_private_and_replaced(tmp_path: Path) -> None:
    path = tmp_path / "s"
    with listen(str(path)), listen(str(path)) as second:
        assert path.stat().st_mode & 0o777 == 0o600
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))
            second.accept()[0].close()
    assert [found.name for found in tmp_path.iterdir()] == ["s"]
