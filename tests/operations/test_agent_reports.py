"""What machines report: applied once, never trusted, never raising."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clearq_tui.model import Attempt, AttemptState, Refused, TaskState, Wish
from clearq_tui.operations import attempts, tasks
from clearq_tui.store import Store, agents, events
from clearq_tui.store import attempts as stored_attempts
from clearq_tui.store import tasks as stored
from tests.store.fresh import fresh_store


@pytest.fixture
def store() -> Iterator[Store]:
    with fresh_store() as fresh:
        yield fresh


def _leased(store: Store) -> Attempt:
    task = tasks.enqueue(store, tasks.NewTask(("true",)), now=10.0)
    (attempt,) = attempts.lease(store, [(task, 1)], now=11.0)
    return attempt


def _told(seq: int, attempt: Attempt, kind: str, **data: object) -> dict[str, object]:
    return {"seq": seq, "attempt": attempt.name, "kind": kind, "at": 20.0 + seq, "data": data}


def _state(store: Store, task: int) -> TaskState:
    present = stored.get(store, task)
    assert present is not None
    return present.state


def test_a_whole_life_is_applied_with_its_times_and_result(store: Store) -> None:
    attempt = _leased(store)
    life = [
        _told(1, attempt, "accepted"),
        _told(2, attempt, "preparing"),
        _told(3, attempt, "started"),
        _told(4, attempt, "ended", outcome="failed", exit_code=3, signal=None, reason="exit 3"),
    ]
    assert attempts.apply_events(store, 1, "j", life, now=99.0) == 4
    known = stored_attempts.get(store, attempt.task, attempt.number)
    assert known is not None
    assert (known.state, known.started_at, known.ended_at) == (AttemptState.FAILED, 23.0, 24.0)
    task = stored.get(store, attempt.task)
    assert task is not None
    assert (task.state, task.exit_code, task.reason) == (TaskState.FAILED, 3, "exit 3")
    path = [event.after for event in events.of_task(store, attempt.task)]
    assert path == ["failed", "running", "preparing", "leased", "queued"]


def test_repeating_everything_changes_nothing(store: Store) -> None:
    attempt = _leased(store)
    life = [
        _told(1, attempt, "started"),
        _told(2, attempt, "ended", outcome="completed", exit_code=0),
    ]
    attempts.apply_events(store, 1, "j", life[:1], now=30.0)
    attempts.apply_events(store, 1, "j", life, now=30.0)
    before = store.change_counter()
    assert attempts.apply_events(store, 1, "j", life, now=31.0) == 2
    assert store.change_counter() == before
    assert len(events.of_task(store, attempt.task)) == 4


def test_a_lost_attempt_that_tells_its_end_after_all_is_believed(store: Store) -> None:
    attempt = _leased(store)
    attempts.apply_events(store, 1, "old", [_told(1, attempt, "started")], now=30.0)
    lost = attempts.journal_replaced(store, 1, "new", now=31.0)
    assert [(one.task, one.number) for one in lost] == [(attempt.task, 1)]
    assert _state(store, attempt.task) is TaskState.LOST
    end = _told(1, attempt, "ended", outcome="completed", exit_code=0)
    attempts.apply_events(store, 1, "new", [end], now=32.0)
    assert _state(store, attempt.task) is TaskState.COMPLETED


def test_an_end_that_comes_after_the_task_was_queued_again_is_only_recorded(store: Store) -> None:
    attempt = _leased(store)
    attempts.apply_events(store, 1, "old", [_told(1, attempt, "started")], now=30.0)
    attempts.journal_replaced(store, 1, "new", now=31.0)
    tasks.retry(store, [attempt.task], now=32.0)
    end = _told(1, attempt, "ended", outcome="completed", exit_code=0)
    attempts.apply_events(store, 1, "new", [end], now=33.0)
    assert _state(store, attempt.task) is TaskState.QUEUED
    (again,) = attempts.lease(store, [(attempt.task, 1)], now=34.0)
    late = _told(2, attempt, "ended", outcome="completed", exit_code=0)
    attempts.apply_events(store, 1, "new", [late], now=35.0)
    assert again.number == 2
    assert _state(store, attempt.task) is TaskState.LEASED
    why = [event.why for event in events.of_task(store, attempt.task) if event.why]
    assert any("not the latest" in line for line in why)
    assert any("makes no sense" in line for line in why)


def test_another_journal_is_refused_until_it_is_settled(store: Store) -> None:
    attempt = _leased(store)
    attempts.apply_events(store, 1, "old", [_told(5, attempt, "accepted")], now=30.0)
    with pytest.raises(Refused, match="settled"):
        attempts.apply_events(store, 1, "new", [_told(1, attempt, "started")], now=30.0)
    attempts.journal_replaced(store, 1, "new", now=31.0)
    assert agents.record(store, 1).acknowledged == 0
    assert attempts.journal_replaced(store, 1, "new", now=32.0) == []


def test_the_first_journal_of_a_machine_loses_nothing(store: Store) -> None:
    attempt = _leased(store)
    assert attempts.journal_replaced(store, 1, "first", now=30.0) == []
    assert _state(store, attempt.task) is TaskState.LEASED


def test_a_recalled_lease_waits_again_unless_its_end_was_wished(store: Store) -> None:
    first, second = _leased(store), None
    attempts.recall(store, [(first.task, 1)], now=15.0)
    attempts.apply_events(store, 1, "j", [_told(1, first, "recalled")], now=30.0)
    assert _state(store, first.task) is TaskState.QUEUED
    (second,) = attempts.lease(store, [(first.task, 1)], now=31.0)
    assert second.number == 2
    tasks.abort(store, [second.task], now=32.0)
    attempts.apply_events(store, 1, "j", [_told(2, second, "recalled")], now=33.0)
    assert _state(store, first.task) is TaskState.ABORTED


def test_a_recalled_task_waits_where_it_was(store: Store) -> None:
    first = _leased(store)
    behind = tasks.enqueue(store, tasks.NewTask(("true",)), now=12.0)
    before = tasks.enqueue(store, tasks.NewTask(("true",)), at_top=True, now=13.0)
    attempts.recall(store, [(first.task, 1)], now=15.0)
    attempts.apply_events(store, 1, "j", [_told(1, first, "recalled")], now=30.0)
    assert stored.waiting(store, 1, 9) == [before, first.task, behind]


def test_abort_becomes_kill_and_never_the_other_way(store: Store) -> None:
    attempt = _leased(store)

    def wish() -> Wish:
        known = stored_attempts.get(store, attempt.task, attempt.number)
        assert known is not None
        return known.wish

    tasks.abort(store, [attempt.task], now=12.0)
    assert wish() is Wish.ABORT
    tasks.abort(store, [attempt.task], kill=True, now=13.0)
    assert wish() is Wish.KILL
    tasks.abort(store, [attempt.task], now=14.0)
    assert wish() is Wish.KILL
    assert _state(store, attempt.task) is TaskState.LEASED


def test_a_lease_that_could_not_be_taken_is_a_failure(store: Store) -> None:
    attempt = _leased(store)
    attempts.apply_events(store, 1, "j", [_told(1, attempt, "refused", reason="no disk")], now=30.0)
    task = stored.get(store, attempt.task)
    assert task is not None
    assert (task.state, task.reason) == (TaskState.FAILED, "no disk")


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
hostile = st.fixed_dictionaries(
    {},
    optional={
        "seq": anything | st.integers(1, 9),
        "attempt": anything | st.sampled_from(("1.1", "1.2", f"{2**80}.1", "9" * 5000 + ".1")),
        "kind": anything | st.sampled_from(("started", "ended", "recalled", "accepted")),
        "at": anything,
        "data": anything
        | st.fixed_dictionaries(
            {}, optional={"outcome": anything, "exit_code": anything, "reason": anything}
        ),
    },
)


@settings(max_examples=200)
@given(st.lists(hostile, max_size=4))
def test_no_report_raises(reports: list[dict[str, object]]) -> None:
    with fresh_store() as store:
        attempt = _leased(store)
        attempts.apply_events(store, 1, "j", reports, now=30.0)
        assert stored.get(store, attempt.task) is not None
