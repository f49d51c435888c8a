"""Single decisions of the laptop's side of a link; the simulation covers their combinations."""

from __future__ import annotations

import pytest

from clearq_tui.fleet.session import (
    CREDIT,
    GRACE,
    PING_EVERY,
    SILENT_AFTER,
    Apply,
    AttemptView,
    BuildLease,
    Drop,
    Effect,
    Opening,
    Ready,
    Session,
    Transmit,
    WriteStream,
)
from clearq_tui.model import AttemptState, Wish
from remote_agent.messages import (
    Abort,
    Acknowledge,
    Event,
    Hello,
    Lease,
    Message,
    Ping,
    Pong,
    Pull,
    Recall,
    Refused,
    Release,
    Welcome,
    Workers,
)
from remote_agent.wire import PROTOCOL, StreamPiece

SLOTS = {"gpu": 1}


def welcome(**other: object) -> Welcome:
    fields: dict[str, object] = {
        "protocol": PROTOCOL, "build": "b", "machine": "m", "boot": "o", "journal": "journal",
        "last": 5, "clock": 100.0, "facts": {}, "commits": {},
    }  # fmt: skip
    return Welcome(**{**fields, **other})  # type: ignore[arg-type]


def event(seq: int, kind: str = "started", at: float = 0.0) -> Event:
    return Event(seq, "1.1", kind, at, {})


def begun(**other: object) -> Session:
    session = Session(Opening("store", 3, "journal", 5, "b"))
    session.open(0.0, 100.0)
    session.receive(welcome(**other), 0.0, 100.0)
    return session


@pytest.fixture
def session() -> Session:
    session = begun()
    session.take()
    session.desire([], SLOTS)
    session.take()
    return session


def said(effects: list[Effect]) -> list[Message]:
    return [effect.message for effect in effects if isinstance(effect, Transmit)]


def want(
    session: Session, state: AttemptState, wish: Wish = Wish.RUN, **log: object
) -> list[Effect]:
    session.desire([AttemptView("1.1", state, wish, **log)], SLOTS)  # type: ignore[arg-type]
    return session.take()


def test_hello_comes_first_and_says_where_the_store_stands() -> None:
    session = Session(Opening("store", 3, "journal", 5, "b"))
    session.open(0.0, 100.0)
    (hello,) = said(session.take())
    assert hello == Hello(PROTOCOL, "store", 3, "journal", 5, 100.0, "b")


@pytest.mark.parametrize(
    ("other", "reason"),
    [({"protocol": PROTOCOL + 1}, "protocol"), ({"last": 4}, "ends at 4")],
)
def test_a_welcome_that_cannot_be_right_ends_the_link(
    other: dict[str, object], reason: str
) -> None:
    (_, drop) = begun(**other).take()
    assert isinstance(drop, Drop)
    assert drop.final
    assert reason in drop.reason


def test_another_journal_is_reported_and_its_numbers_count_from_the_start() -> None:
    session = begun(journal="new", last=1)
    (_, ready) = session.take()
    assert isinstance(ready, Ready)
    assert ready.journal_replaced
    session.receive(event(1), 0.0, 100.0)
    (apply,) = session.take()
    assert apply == Apply("new", (event(1),))


def test_events_that_arrive_together_are_committed_together_then_acknowledged(
    session: Session,
) -> None:
    for seq in (5, 6, 7, 6):
        session.receive(event(seq), 0.0, 0.0)
    assert session.take() == [Apply("journal", (event(6), event(7)))]
    session.applied(7)
    assert said(session.take()) == [Acknowledge(7)]


def test_times_are_brought_to_the_laptops_clock() -> None:
    session = begun(clock=160.0)
    session.take()
    session.receive(event(6, at=161.5), 0.0, 0.0)
    (apply,) = session.take()
    assert isinstance(apply, Apply)
    assert apply.events[0].at == pytest.approx(101.5)


def test_a_lease_is_built_once_and_its_log_pulled_at_once(session: Session) -> None:
    assert want(session, AttemptState.LEASED) == [BuildLease("1.1")]
    assert want(session, AttemptState.LEASED) == []
    session.lease("1.1", {"command": ["true"]})
    assert said(session.take()) == [
        Lease("1.1", {"command": ["true"]}),
        Pull("1.1", {"log": 0, "scalars": 0}, CREDIT),
    ]


def test_a_lease_that_is_no_longer_wanted_is_not_sent(session: Session) -> None:
    want(session, AttemptState.LEASED)
    assert said(want(session, AttemptState.LEASED, Wish.RECALL)) == [Recall("1.1")]
    session.lease("1.1", {})
    assert session.take() == []


def test_abort_then_kill_are_each_said_once(session: Session) -> None:
    want(session, AttemptState.RUNNING)
    assert said(want(session, AttemptState.RUNNING, Wish.ABORT)) == [Abort("1.1", GRACE)]
    assert want(session, AttemptState.RUNNING, Wish.ABORT) == []
    assert said(want(session, AttemptState.RUNNING, Wish.KILL)) == [Abort("1.1", 0.0)]


def test_the_log_goes_on_where_the_laptops_file_ends(session: Session) -> None:
    assert said(want(session, AttemptState.RUNNING, log_bytes=300)) == [
        Pull("1.1", {"log": 300, "scalars": 0}, CREDIT)
    ]
    session.receive_piece(StreamPiece("1.1", "log", 200, b"x" * 150, False), 0.0)
    assert session.take() == [WriteStream("1.1", "log", 300, b"x" * 50, False)]


def test_scalars_come_beside_the_log(session: Session) -> None:
    want(session, AttemptState.RUNNING, scalars_bytes=20)
    session.receive_piece(StreamPiece("1.1", "scalars", 20, bytes(CREDIT), True), 0.0)
    assert session.take() == [WriteStream("1.1", "scalars", 20, bytes(CREDIT), True)]
    session.stream_written("1.1")
    assert said(session.take()) == [Pull("1.1", {"log": 0, "scalars": 20 + CREDIT}, CREDIT)]
    session.receive_piece(StreamPiece("1.1", "secrets", 0, b"x", False), 0.0)
    assert session.take() == []


def test_a_gap_in_a_log_ends_the_link(session: Session) -> None:
    want(session, AttemptState.RUNNING)
    session.receive_piece(StreamPiece("1.1", "log", 1, b"x", False), 0.0)
    (drop,) = session.take()
    assert isinstance(drop, Drop)


def test_credit_is_renewed_when_half_of_it_is_used(session: Session) -> None:
    want(session, AttemptState.RUNNING)
    session.receive_piece(StreamPiece("1.1", "log", 0, bytes(CREDIT // 2 + 1), False), 0.0)
    session.take()
    session.stream_written("1.1")
    assert said(session.take()) == [Pull("1.1", {"log": CREDIT // 2 + 1, "scalars": 0}, CREDIT)]


def test_an_attempt_is_released_once_its_outcome_and_its_log_are_safe(session: Session) -> None:
    want(session, AttemptState.RUNNING)
    assert want(session, AttemptState.COMPLETED) == []
    released = want(session, AttemptState.COMPLETED, whole=True)
    assert said(released) == [Release("1.1")]
    assert want(session, AttemptState.COMPLETED, whole=True) == []


def test_workers_are_said_when_they_change(session: Session) -> None:
    session.desire([], {"gpu": 2})
    session.desire([], {"gpu": 2})
    assert said(session.take()) == [Workers({"gpu": 2})]


def test_nothing_is_heard_before_welcome_but_a_refusal() -> None:
    session = Session(Opening("store", 3, "journal", 5, "b"))
    session.open(0.0, 100.0)
    session.take()
    session.receive(event(6), 0.0, 0.0)
    assert [type(effect) for effect in session.take()] == [Drop]
    session.receive(Refused("epoch 3 is not above 4"), 0.0, 0.0)
    (drop,) = session.take()
    assert isinstance(drop, Drop)
    assert drop.final


def test_a_silent_link_is_pinged_and_then_ended(session: Session) -> None:
    session.tick(PING_EVERY)
    assert said(session.take()) == [Ping(0)]
    session.receive(Pong(0), PING_EVERY + 1, 0.0)
    session.tick(PING_EVERY + 1 + SILENT_AFTER)
    assert said(session.take()) == [Ping(0)]
    session.tick(PING_EVERY + 2 + SILENT_AFTER)
    (drop,) = session.take()
    assert isinstance(drop, Drop)
    assert not drop.final
