"""Both ends' real logic about outputs on random schedules: cuts, changes, wishes that change.

The machine is the real pump on real files, the laptop the real session with parts in memory.
"""

from __future__ import annotations

import hashlib
import os
import random
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from clearq_tui.fleet.output_effects import (
    ClosePart,
    CompletePart,
    OpenPart,
    OutputEffect,
    OutputWishes,
    Say,
    TakeChange,
    TakeDiscarded,
    TakeFailure,
    TakeListing,
    WantedDiscard,
    WantedFile,
    WritePart,
)
from clearq_tui.fleet.output_session import CREDIT, MOST_TRIES, OutputMessage, OutputSession
from remote_agent.layout import Layout
from remote_agent.messages import (
    Changed,
    Discard,
    Discarded,
    Fetch,
    ListOutput,
    Message,
    Output,
    Release,
    Sent,
    Unsent,
    decode_message,
)
from remote_agent.outputs.pump import OutputPump
from remote_agent.wire import CONTROL, PIECE, Frame, FrameReader, StreamPiece, decode_stream_piece

FILE = WantedFile("1.1", "f", 10, 1)


@dataclass
class World:
    dice: random.Random
    layout: Layout
    down: deque[Message] = field(default_factory=deque)
    up: deque[Frame] = field(default_factory=deque)
    parts: dict[WantedFile, bytes] = field(default_factory=dict)
    jobs: deque[OutputEffect] = field(default_factory=deque)
    wanted: dict[str, WantedFile] = field(default_factory=dict)
    whole: dict[str, tuple[WantedFile, bytes]] = field(default_factory=dict)
    written: dict[WantedFile, bytes] = field(default_factory=dict)
    """Every version of every file that there ever was."""
    failed: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.pump = OutputPump(self.layout)
        self.session = OutputSession()
        self.directory = Path(self.layout.attempt("1.1")) / "output"
        self.directory.mkdir(parents=True)
        for number in range(self.dice.randint(1, 6)):
            self.write(f"f{number}")

    def write(self, name: str) -> None:
        size = self.dice.choice((0, 1, 1000, PIECE, PIECE + 1, 3 * PIECE, CREDIT + PIECE))
        path = self.directory / name
        path.write_bytes(self.dice.randbytes(size))
        # A disk's clock may stand still between two writes of ours.
        os.utime(path, ns=(0, 1000 + len(self.written)))
        self.written[self.version(name)] = path.read_bytes()

    def version(self, name: str) -> WantedFile:
        found = (self.directory / name).stat()
        return WantedFile("1.1", name, found.st_size, found.st_mtime_ns)

    def want_all(self) -> None:
        for path in self.directory.iterdir():
            if path.name not in self.whole and path.name not in self.failed:
                self.wanted.setdefault(path.name, self.version(path.name))
        self.want()

    def want(self) -> None:
        self.session.want(OutputWishes([], list(self.wanted.values()), []))

    # Steps

    def step(self) -> None:
        kind = self.dice.choices(
            (self.deliver_down, self.pump_some, self.deliver_up, self.work, self.cut, self.change),
            weights=(10, 10, 10, 10, 0.3, 0.3),
        )[0]
        kind()
        self.take()

    def take(self) -> None:
        for effect in self.session.take():
            if isinstance(effect, Say):
                self.down.append(effect.message)
            else:
                self.jobs.append(effect)

    def deliver_down(self) -> None:
        if self.down:
            message = self.down.popleft()
            assert isinstance(message, Fetch)
            assert self.pump.fetch(message) is None

    def pump_some(self) -> None:
        if self.pump.has_work and len(self.up) < 8:
            self.up += FrameReader().feed(b"".join(self.pump.step()))

    def deliver_up(self) -> None:
        if self.up:
            frame = self.up.popleft()
            if frame.kind == CONTROL:
                message = decode_message(frame.payload)
                assert isinstance(message, OutputMessage)
                self.session.receive(message)
            else:
                self.session.receive_piece(decode_stream_piece(frame.payload))

    def work(self) -> None:
        """The laptop's disk, later than the link."""
        if not self.jobs:
            return
        effect = self.jobs.popleft()
        if isinstance(effect, OpenPart):
            self.session.opened(effect.file, len(self.parts.setdefault(effect.file, b"")))
        elif isinstance(effect, WritePart):
            self.parts[effect.file] += effect.data
            self.session.written(effect.file, len(effect.data))
        elif isinstance(effect, CompletePart):
            data = self.parts.pop(effect.file)
            is_right = hashlib.sha256(data).hexdigest() == effect.sha256
            if is_right:
                self.whole[effect.file.path] = (effect.file, data)
                self.wanted.pop(effect.file.path, None)
            self.session.completed(effect.file, is_right=is_right)
            self.want()
        elif isinstance(effect, TakeChange):
            self.wanted[effect.file.path] = WantedFile(
                *effect.file[:2], effect.size, effect.modified
            )
            self.want()
        elif isinstance(effect, TakeFailure):
            self.failed[effect.file.path] = effect.reason
            self.wanted.pop(effect.file.path, None)
            self.want()
        else:
            assert isinstance(effect, ClosePart)

    def cut(self) -> None:
        self.down.clear()
        self.up.clear()
        self.jobs.clear()
        self.pump.clear()
        self.session = OutputSession()
        self.want()

    def change(self) -> None:
        """A file is another one; or nobody wants it for a while."""
        name = self.dice.choice(sorted(path.name for path in self.directory.iterdir()))
        if self.dice.random() < 0.5:
            self.wanted.pop(name, None)
            self.want()
            self.take()
        elif name in self.wanted:
            self.write(name)
        self.want_all()


@pytest.mark.parametrize("seed", range(150))
def test_every_file_that_is_wanted_comes(seed: int, tmp_path: Path) -> None:
    world = World(random.Random(seed), Layout(str(tmp_path)))
    world.want_all()
    for _ in range(400):
        world.step()
    for _ in range(5000):
        world.want_all()
        if not world.wanted:
            break
        for step in (world.deliver_down, world.pump_some, world.deliver_up, world.work):
            step()
            world.take()
    assert not world.wanted
    assert not any("again" not in reason for reason in world.failed.values())
    names = {path.name for path in world.directory.iterdir()}
    assert world.whole.keys() | world.failed.keys() == names
    for file, data in world.whole.values():
        assert data == world.written[file]


# Single decisions


def wanting(*files: WantedFile) -> OutputSession:
    session = OutputSession()
    session.want(OutputWishes([], files, []))
    return session


def said(session: OutputSession) -> list[Message]:
    return [effect.message for effect in session.take() if isinstance(effect, Say)]


def test_a_listing_is_asked_for_once_and_again_when_the_attempt_ended_meanwhile() -> None:
    session = OutputSession()
    wishes = OutputWishes(["1.1"], [], [])
    session.want(wishes)
    session.want(wishes)
    assert said(session) == [ListOutput("1.1")]
    session.receive(Output("1.1", [("a", 1, 1)], False, 0, False))
    session.ended("1.1")
    session.receive(Output("1.1", [], True, 0, False))
    assert said(session) == [ListOutput("1.1")]
    session.receive(Output("1.1", [("b", 1, 1)], True, 2, True))
    assert session.take() == [TakeListing("1.1", [("b", 1, 1)], 2, True)]
    session.receive(Output("1.1", [("c", 1, 1)], True, 0, False))
    assert session.take() == []


def test_what_is_to_be_given_up_is_said_once() -> None:
    session = OutputSession()
    wishes = OutputWishes(
        [], [], [WantedDiscard("1.1", held=True), WantedDiscard("2.1", held=False)]
    )
    session.want(wishes)
    session.want(wishes)
    assert said(session) == [Release("1.1"), Discard("1.1"), Discard("2.1")]


def test_a_file_is_fetched_from_where_it_is_here() -> None:
    session = wanting(FILE)
    assert session.take() == [OpenPart(FILE)]
    session.opened(FILE, 4)
    assert said(session) == [Fetch(1, *FILE, 4, 6)]
    session.receive_piece(StreamPiece("1.1", "output/1", 4, b"456789", False))
    assert session.take() == [WritePart(FILE, b"456789")]
    session.receive(Sent(1, "abc"))
    assert session.take() == [CompletePart(FILE, "abc")]
    session.completed(FILE, is_right=True)
    assert session.take() == []


@pytest.mark.parametrize(
    ("offset", "data"), [(0, b"x" * 11), (1, b"x"), (0, b"x" * (CREDIT + 1)), (1 << 60, b"x")]
)
def test_bytes_that_were_not_asked_for_fail_the_file_alone(offset: int, data: bytes) -> None:
    session = wanting(FILE)
    session.opened(FILE, 0)
    session.take()
    session.receive_piece(StreamPiece("1.1", "output/1", offset, data, False))
    (_, failure) = session.take()
    assert isinstance(failure, TakeFailure)
    session.receive_piece(StreamPiece("1.1", "output/1", 0, b"x", False))
    session.receive_piece(StreamPiece("1.1", "output/7", 0, b"x", False))
    assert session.take() == []


def test_an_end_that_comes_too_early_fails_the_file() -> None:
    session = wanting(FILE)
    session.opened(FILE, 3)
    session.take()
    session.receive(Sent(1, "abc"))
    (_, failure) = session.take()
    assert failure == TakeFailure(FILE, "Only 3 of its 10 bytes arrived.")


def test_a_damaged_file_is_tried_again_for_a_while() -> None:
    session = wanting(FILE)
    for number in range(MOST_TRIES):
        assert session.take() == [OpenPart(FILE)]
        session.opened(FILE, 10)
        session.receive(Sent(1 + number, "abc"))
        session.take()
        session.completed(FILE, is_right=False)
    (_, failure) = session.take()
    assert failure == TakeFailure(FILE, "It arrived damaged 5 times.")


def test_a_file_that_always_changes_is_given_up() -> None:
    session = wanting(FILE)
    file = FILE
    for number in range(MOST_TRIES - 1):
        session.opened(file, 0)
        session.take()
        session.receive(Changed(1 + number, 10, 2 + number))
        assert session.take() == [ClosePart(file), TakeChange(file, 10, 2 + number)]
        file = file._replace(modified=2 + number)
        session.want(OutputWishes([], [file], []))
    session.opened(file, 0)
    session.take()
    session.receive(Changed(MOST_TRIES, 10, 99))
    (_, failure) = session.take()
    assert isinstance(failure, TakeFailure)
    assert "changed again and again" in failure.reason


def test_a_refusal_and_a_full_disk_fail_the_file() -> None:
    session = wanting(FILE)
    session.opened(FILE, 0)
    session.take()
    session.receive(Unsent(1, "Permission denied"))
    assert session.take()[1] == TakeFailure(FILE, "The machine cannot send it: Permission denied.")
    session = wanting(FILE)
    session.opened(FILE, 0)
    session.take()
    session.failed(FILE, "The disk is full.")
    assert session.take() == [
        Say(Fetch(1, *FILE, 0, 0)), ClosePart(FILE), TakeFailure(FILE, "The disk is full."),
    ]  # fmt: skip


def test_bytes_on_their_way_are_limited_over_all_files() -> None:
    files = [WantedFile("1.1", f"f{number}", 10 * CREDIT, 1) for number in range(100)]
    session = wanting(*files)
    assert len(session.take()) == 4
    small = [WantedFile("1.1", f"s{number}", 10, 1) for number in range(100)]
    session.want(OutputWishes([], [*small, *files], []))
    assert len(session.take()) == 32 - 4
    session = wanting(*small)
    assert len(session.take()) == 32


def test_what_is_not_wanted_any_more_is_said() -> None:
    session = wanting(FILE)
    session.opened(FILE, 0)
    session.take()
    session.want(OutputWishes())
    assert session.take() == [Say(Fetch(1, *FILE, 0, 0)), ClosePart(FILE)]
    session.receive_piece(StreamPiece("1.1", "output/1", 0, b"x", False))
    assert session.take() == []
    session.want(OutputWishes([], [FILE], []))
    assert session.take() == [OpenPart(FILE)]


def test_discarded_is_passed_on() -> None:
    session = OutputSession()
    session.receive(Discarded("1.1"))
    assert session.take() == [TakeDiscarded("1.1")]
