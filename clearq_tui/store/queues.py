"""Queues in the store."""

from __future__ import annotations

from dataclasses import dataclass

from clearq_tui.model import ACTIVE, Queue, TaskState
from clearq_tui.store import settings
from clearq_tui.store.encoding import QUEUED, STATE_OF, state_mask
from clearq_tui.store.store import Row, Store

_ACTIVE_MASK = state_mask(ACTIVE)


@dataclass(frozen=True)
class QueueRow:
    """All that a line of the list of queues shows."""

    queue: Queue
    waiting: int
    """How many tasks wait in it."""
    active: int
    """How many of its tasks are leased, preparing or running."""
    workers: tuple[str, ...]
    """Names of the workers that serve it, sorted."""
    is_default: bool


def _queue(row: Row) -> Queue:
    return Queue(id=row[0], name=row[1], paused=bool(row[2]))


def rows(store: Store) -> list[QueueRow]:
    """All queues by name, with their counts."""
    with store.reading():
        default = settings.default_queue(store)
        served: dict[int, list[str]] = {}
        for queue, worker in store.rows(
            "SELECT q.queue, w.name FROM worker_queues q JOIN workers w ON w.id = q.worker "
            "WHERE NOT w.gone ORDER BY w.name"
        ):
            served.setdefault(queue, []).append(worker)
        return [
            QueueRow(
                queue=_queue(row),
                waiting=row[3],
                active=row[4],
                workers=tuple(served.get(row[0], ())),
                is_default=row[0] == default,
            )
            for row in store.rows(
                "SELECT q.id, q.name, q.paused, "
                "ifnull((SELECT number FROM task_counts WHERE queue = q.id AND state = ?), 0), "
                "ifnull((SELECT sum(number) FROM task_counts WHERE queue = q.id AND state & ?), 0) "
                "FROM queues q WHERE NOT q.gone ORDER BY q.name",
                (QUEUED, _ACTIVE_MASK),
            )
        ]


def all_queues(store: Store) -> list[Queue]:
    """All queues by name."""
    return [
        _queue(row)
        for row in store.rows("SELECT id, name, paused FROM queues WHERE NOT gone ORDER BY name")
    ]


def by_id(store: Store, queue: int) -> Queue | None:
    """The queue with this id, also one that is gone."""
    row = store.row("SELECT id, name, paused FROM queues WHERE id = ?", (queue,))
    return _queue(row) if row else None


def by_name(store: Store, name: str) -> Queue | None:
    """The queue with this name."""
    row = store.row("SELECT id, name, paused FROM queues WHERE name = ? AND NOT gone", (name,))
    return _queue(row) if row else None


def names(store: Store) -> list[str]:
    """The names of all queues, sorted."""
    return [name for (name,) in store.rows("SELECT name FROM queues WHERE NOT gone ORDER BY 1")]


def counts(store: Store, queue: int | None = None) -> dict[TaskState, int]:
    """How many tasks are in each state: of one queue, or of the whole store."""
    where, parameters = ("WHERE queue = ?", (queue,)) if queue is not None else ("", ())
    found = store.rows(
        f"SELECT state, sum(number) FROM task_counts {where} GROUP BY state",
        parameters,
    )
    return {STATE_OF[state]: number for state, number in found if number}


def add(store: Store, name: str) -> int:
    """A new queue's id."""
    return store.insert("INSERT INTO queues (name) VALUES (?)", (name,))


def rename(store: Store, queue: int, name: str) -> None:
    """Give the queue another name."""
    store.change("UPDATE queues SET name = ? WHERE id = ?", (name, queue))


def set_paused(store: Store, queue: int, paused: bool) -> None:
    """Whether the queue gives no tasks to workers."""
    store.change("UPDATE queues SET paused = ? WHERE id = ?", (paused, queue))


def set_gone(store: Store, queue: int) -> None:
    """Take the queue out of all lists and from all workers; its row stays for history."""
    store.change("UPDATE queues SET gone = 1 WHERE id = ?", (queue,))
