"""History: one row for each thing that happened; never changed."""

from __future__ import annotations

from clearq_tui.model import Event
from clearq_tui.store.store import Store

_COLUMNS = "id, at, who, what, task, attempt, machine, worker, queue, before, after, why"

STATE = "state"
"""`what` of an event that is a task's change of state; every change has exactly one."""


def add(
    store: Store,
    at: float,
    who: str,
    what: str,
    *,
    task: int | None = None,
    attempt: int | None = None,
    machine: int | None = None,
    worker: int | None = None,
    queue: int | None = None,
    before: str = "",
    after: str = "",
    why: str = "",
) -> None:
    """Write one line of history. `at` is seconds since the epoch."""
    store.change(
        "INSERT INTO events (at, who, what, task, attempt, machine, worker, queue, before, after, "
        "why) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (at, who, what, task, attempt, machine, worker, queue, before, after, why),
    )


def of_task(store: Store, task: int, limit: int = 1000) -> list[Event]:
    """The task's history, newest first."""
    return _page(store, "task = ?", (task,), limit)


def of_machine(store: Store, machine: int, limit: int = 1000) -> list[Event]:
    """What happened on and to the machine, newest first."""
    return _page(store, "machine = ?", (machine,), limit)


def latest(store: Store, limit: int = 100, before: int | None = None) -> list[Event]:
    """The newest events, newest first; `before`: only those older than this event id."""
    if before is None:
        return _page(store, "1", (), limit)
    return _page(store, "id < ?", (before,), limit)


def _page(store: Store, where: str, parameters: tuple[int, ...], limit: int) -> list[Event]:
    sql = f"SELECT {_COLUMNS} FROM events WHERE {where} ORDER BY id DESC LIMIT ?"
    return [Event(*row) for row in store.rows(sql, (*parameters, limit))]
