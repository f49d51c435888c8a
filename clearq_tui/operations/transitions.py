"""The one place where a task changes state: legal or refused, always with its history."""

from __future__ import annotations

from clearq_tui.model import Refused, TaskState, may_become
from clearq_tui.store import Store, events, tasks


def check(task: int, present: TaskState, wanted: TaskState, deed: str) -> None:
    """Refuse a change of state that the model does not allow.

    Raises:
        Refused: `deed` ("be queued") makes no sense in the present state.
    """
    if not may_become(present, wanted):
        raise Refused(f"Task #{task} is {present.value} and cannot {deed}.")


def record(
    store: Store,
    task: int,
    before: TaskState,
    after: TaskState,
    *,
    at: float,
    who: str,
    why: str = "",
    attempt: int | None = None,
    machine: int | None = None,
    worker: int | None = None,
    queue: int | None = None,
) -> None:
    """Write the line of history of one change of state that was just made."""
    if not may_become(before, after):
        raise AssertionError(f"task {task} went from {before.value} to {after.value}")
    events.add(
        store,
        at,
        who,
        events.STATE,
        task=task,
        attempt=attempt,
        machine=machine,
        worker=worker,
        queue=queue,
        before=before.value,
        after=after.value,
        why=why,
    )


def end(
    store: Store,
    task: int,
    before: TaskState,
    after: TaskState,
    *,
    at: float,
    who: str,
    why: str = "",
    attempt: int | None = None,
    machine: int | None = None,
    exit_code: int | None = None,
) -> None:
    """The task is over: state and history."""
    tasks.set_ended(store, task, after, at, exit_code, why)
    record(store, task, before, after, at=at, who=who, why=why, attempt=attempt, machine=machine)
