"""Windows of the list of tasks: any filter, any order, any depth, a few milliseconds each.

Every order has an index that also carries state, queue, worker and machine, so a page is one pass
over narrow index entries (about 50 ns each), and only the page's own rows are then looked up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from clearq_tui.model import Task, TaskState
from clearq_tui.store.encoding import state_mask
from clearq_tui.store.search import match_expression
from clearq_tui.store.store import Row, Store, Value
from clearq_tui.store.task_rows import TASK_COLUMNS, task_from


class TaskSort(StrEnum):
    """What the list of tasks is ordered by."""

    ID = "id"
    NAME = "name"
    STATE = "state"
    """In the order of a task's life, then by id."""
    QUEUE = "queue"
    """By queue name, within a queue in the order in which its tasks are taken."""
    WORKER = "worker"
    """By worker name, then by id; tasks that no worker has had come first."""
    CREATED = "created"
    CHANGED = "changed"
    DURATION = "duration"
    """How long it ran; tasks that have not ended come first."""


@dataclass(frozen=True)
class TaskFilter:
    """Which tasks a list shows: those that satisfy every condition that is given."""

    states: frozenset[TaskState] = frozenset()
    """Any of these; empty: any at all."""
    queue: int | None = None
    worker: int | None = None
    machine: int | None = None
    text: str = ""
    """Words, each of which begins a word of the task's id, name or command."""


@dataclass(frozen=True)
class TaskRow:
    """All that a line of the list of tasks shows."""

    task: Task
    queue_name: str | None
    worker_name: str | None
    machine_name: str | None
    started_at: float | None
    ended_at: float | None

    @property
    def exit_code(self) -> int | None:
        """The exit code of the latest attempt."""
        return self.task.exit_code


_ORDERS = {
    TaskSort.ID: ("tasks_by_id", "id"),
    TaskSort.CREATED: ("tasks_by_id", "id"),
    TaskSort.NAME: ("tasks_by_name", "name {d}, id"),
    TaskSort.STATE: ("tasks_by_state", "state {d}, id"),
    TaskSort.QUEUE: ("tasks_by_queue", "queue {d}, rank {d}, id"),
    TaskSort.WORKER: ("tasks_by_worker", "worker {d}, id"),
    TaskSort.CHANGED: ("tasks_by_change", "changed_at {d}, id"),
    TaskSort.DURATION: ("tasks_by_duration", "duration {d}, id"),
}
"""The index behind each order. Ids are given in the order of creation, so both are one order."""

_GROUPED = {TaskSort.QUEUE: ("queue", "queues"), TaskSort.WORKER: ("worker", "workers")}
"""Orders that begin with the name of something: column and table."""


def count(store: Store, chosen: TaskFilter) -> int:
    """How many tasks the filter lets through."""
    if not (chosen.worker or chosen.machine or chosen.text.strip()):
        where, parameters = _where(chosen)
        return int(
            store.value(f"SELECT ifnull(sum(number), 0) FROM task_counts {where}", parameters)
        )
    index = "tasks_by_queue" if chosen.queue is not None else "tasks_by_worker"
    where, parameters = _where(chosen)
    return int(store.value(f"SELECT count(*) FROM tasks INDEXED BY {index} {where}", parameters))


def page(
    store: Store,
    chosen: TaskFilter,
    sort: TaskSort = TaskSort.ID,
    descending: bool = False,
    offset: int = 0,
    limit: int = 50,
) -> list[TaskRow]:
    """`limit` rows of the list from `offset` on."""
    with store.reading():
        wanted = ids(store, chosen, sort, descending, offset, limit)
        found = {row[0]: _task_row(row) for row in _lookup(store, wanted)}
        return [found[task] for task in wanted]


def ids(
    store: Store,
    chosen: TaskFilter,
    sort: TaskSort = TaskSort.ID,
    descending: bool = False,
    offset: int = 0,
    limit: int = -1,
) -> list[int]:
    """Ids of the list's tasks in its order; all of them without a limit."""
    where, parameters = _where(chosen)
    if sort in _GROUPED and getattr(chosen, _GROUPED[sort][0]) is None:
        return _grouped(store, sort, where, parameters, descending, offset, limit)
    return _select(store, sort, where, parameters, descending, offset, limit)


def _select(
    store: Store,
    sort: TaskSort,
    where: str,
    parameters: Sequence[Value],
    descending: bool,
    offset: int,
    limit: int,
) -> list[int]:
    index, order = _ORDERS[sort]
    direction = "DESC" if descending else "ASC"
    sql = (
        f"SELECT id FROM tasks INDEXED BY {index} {where} "
        f"ORDER BY {order.format(d=direction)} {direction} LIMIT ? OFFSET ?"
    )
    return [task for (task,) in store.rows(sql, (*parameters, limit, offset))]


def _grouped(
    store: Store,
    sort: TaskSort,
    where: str,
    parameters: Sequence[Value],
    descending: bool,
    offset: int,
    limit: int,
) -> list[int]:
    """A page in the order of the groups' names: count the groups, open those the page touches."""
    column, table = _GROUPED[sort]
    index = _ORDERS[sort][0]
    sizes: dict[int | None, int] = dict(
        store.rows(
            f"SELECT {column}, count(*) FROM tasks INDEXED BY {index} {where} GROUP BY {column}",
            parameters,
        )
    )
    names: dict[int | None, str] = dict(store.rows(f"SELECT id, name FROM {table}"))
    groups = sorted(sizes, key=lambda group: (names.get(group, ""), group or 0), reverse=descending)
    found: list[int] = []
    for group in groups:
        if offset >= sizes[group]:
            offset -= sizes[group]
            continue
        room = limit - len(found) if limit >= 0 else -1
        inside = f"{where} AND {column} IS ?" if where else f"WHERE {column} IS ?"
        found += _select(store, sort, inside, (*parameters, group), descending, offset, room)
        offset = 0
        if 0 <= limit <= len(found):
            break
    return found


def _where(chosen: TaskFilter) -> tuple[str, list[Value]]:
    conditions: list[str] = []
    parameters: list[Value] = []
    for column in ("queue", "worker", "machine"):
        if (value := getattr(chosen, column)) is not None:
            conditions.append(f"{column} = ?")
            parameters.append(value)
    if chosen.states:
        conditions.append("state & ?")
        parameters.append(state_mask(chosen.states))
    if chosen.text.strip():
        conditions.append("id IN (SELECT rowid FROM task_search WHERE task_search MATCH ?)")
        parameters.append(match_expression(chosen.text))
    return (f"WHERE {' AND '.join(conditions)}" if conditions else "", parameters)


def _lookup(store: Store, wanted: Sequence[int]) -> list[Row]:
    if not wanted:
        return []
    marks = ",".join("?" * len(wanted))
    return store.rows(
        f"SELECT {', '.join(TASK_COLUMNS)}, q.name, w.name, m.name, t.started_at, t.ended_at "
        "FROM tasks t JOIN task_specs s ON s.task = t.id LEFT JOIN queues q ON q.id = t.queue "
        "LEFT JOIN workers w ON w.id = t.worker LEFT JOIN machines m ON m.id = t.machine "
        f"WHERE t.id IN ({marks})",
        wanted,
    )


def _task_row(row: Row) -> TaskRow:
    return TaskRow(task_from(row), *row[len(TASK_COLUMNS) :])
