"""Every byte of a log once and in order, within the credit, at once where it matters."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from remote_agent.stream_pump import BATCH, StreamPump
from remote_agent.wire import PIECE, StreamPiece


class World:
    def __init__(self) -> None:
        self.now = 0.0
        self.log = b""
        self.over = False
        self.pump = StreamPump()
        self.received = b""
        self.last = False
        self.limit = 0

    def read(self, attempt: str, stream: str, offset: int, length: int) -> bytes:
        assert (attempt, stream) == ("1.1", "log")
        return self.log[offset : offset + length]

    def grant(self, credit: int) -> None:
        self.limit = max(self.limit, len(self.received) + credit)
        self.pump.grant("1.1", {"log": len(self.received)}, credit, self.now)

    def step(self) -> list[StreamPiece]:
        """Look once, at the time at which the pump wants to."""
        due = self.pump.next_look()
        if due is None:
            return []
        self.now = max(self.now, due)
        pieces = self.pump.pieces(self.now, self.read, lambda _: self.over)
        for piece in pieces:
            assert piece.offset == len(self.received)
            assert not self.last
            self.received += piece.data
            self.last = piece.last
            assert len(self.received) <= self.limit
        return pieces


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("write"), st.integers(1, 3 * PIECE)),
            st.tuples(st.just("grant"), st.integers(0, 4 * PIECE)),
            st.tuples(st.just("step"), st.integers(1, 3)),
            st.tuples(st.just("hurry"), st.just(0)),
        )
    )
)
def test_the_whole_log_arrives_once(actions: list[tuple[str, int]]) -> None:
    world = World()
    for action, number in actions:
        if action == "write":
            world.log += bytes([number % 251]) * number
        elif action == "grant":
            world.grant(number)
        elif action == "hurry":
            world.pump.hurry("1.1", world.now)
        else:
            for _ in range(number):
                world.step()
    world.over = True
    for _ in range(1000):
        if world.last:
            break
        world.grant(PIECE)
        world.step()
    assert world.received == world.log
    assert world.last


def test_first_bytes_go_at_once_and_later_ones_in_batches() -> None:
    world = World()
    world.grant(1 << 20)
    world.log = b"first"
    world.step()
    assert (world.received, world.now) == (b"first", 0.0)
    world.log += b" second"
    world.step()
    assert world.now == BATCH
    assert world.received == b"first second"


def test_whole_pieces_do_not_wait() -> None:
    world = World()
    world.grant(1 << 20)
    world.log = bytes(3 * PIECE + 1)
    for _ in range(4):
        world.step()
    assert world.now == 0.0
    assert len(world.received) == len(world.log)


def test_a_quiet_log_is_looked_at_more_and_more_rarely() -> None:
    world = World()
    world.grant(1 << 20)
    for _ in range(100):
        world.step()
    assert 20 <= world.now <= 100 * 0.25
    world.log, world.over = b"end", True
    world.pump.hurry("1.1", world.now)
    before = world.now
    world.step()
    assert (world.last, world.now) == (True, before)


def test_a_log_that_does_not_exist_is_over_when_the_attempt_is() -> None:
    world = World()
    world.over = True
    world.grant(10)
    assert world.step() == [StreamPiece("1.1", "log", 0, b"", True)]


def test_without_credit_nothing_is_looked_at() -> None:
    world = World()
    world.log = b"12345678"
    world.grant(3)
    world.step()
    assert world.received == b"123"
    assert world.pump.next_look() is None
    world.grant(5)
    world.step()
    assert world.received == world.log


def test_a_repeated_grant_brings_nothing_twice() -> None:
    world = World()
    world.log = b"12345678"
    world.pump.grant("1.1", {"log": 0}, 4, 0.0)
    world.limit = 8
    world.step()
    world.pump.grant("1.1", {"log": 0}, 8, 0.0)
    world.step()
    assert world.received == world.log


class Both:
    """An attempt with a log and scalars."""

    def __init__(self, credit: int = 1 << 20) -> None:
        self.held = {"log": b"", "scalars": b""}
        self.over = False
        self.pump = StreamPump()
        self.pump.grant("1.1", {"log": 0, "scalars": 0}, credit, 0.0)

    def pieces(self) -> list[StreamPiece]:
        """What the pump sends now, as if it had not looked for long."""
        read = lambda _, stream, offset, length: self.held[stream][offset : offset + length]  # noqa: E731
        return self.pump.pieces(math.inf, read, lambda _: self.over)


def test_scalars_that_there_are_none_of_cost_nothing() -> None:
    both = Both()
    assert both.pieces() == []
    both.over = True
    assert both.pieces() == [StreamPiece("1.1", "log", 0, b"", True)]
    assert both.pump.next_look() is None


def test_the_log_ends_last() -> None:
    both = Both()
    both.over = True
    both.held = {"log": b"log", "scalars": bytes(PIECE + 1)}
    assert [(piece.stream, len(piece.data), piece.last) for piece in both.pieces()] == [
        ("scalars", PIECE, False),
        ("log", 3, False),
    ]
    assert [(piece.stream, len(piece.data), piece.last) for piece in both.pieces()] == [
        ("scalars", 1, True),
        ("log", 0, True),
    ]


def test_scalars_that_are_here_already_are_ended_too() -> None:
    both = Both()
    both.held["scalars"] = b"known"
    both.pump.clear()
    both.pump.grant("1.1", {"log": 0, "scalars": 5}, 1 << 20, 0.0)
    both.over = True
    assert both.pieces() == [
        StreamPiece("1.1", "scalars", 5, b"", True),
        StreamPiece("1.1", "log", 0, b"", True),
    ]


def test_scalars_without_credit_keep_the_log_from_ending() -> None:
    both = Both(credit=4)
    both.held = {"log": b"log", "scalars": b"scalars"}
    both.over = True
    assert not any(piece.last for _ in range(3) for piece in both.pieces())
    both.pump.grant("1.1", {"log": 3, "scalars": 4}, 4, 0.0)
    assert [piece.last for piece in both.pieces()] == [True, True]
