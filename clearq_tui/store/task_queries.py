"""Which tasks a list shows and in which order, as SQL that is quick at any depth.

Every order has an index that also carries state, queue, worker and machine, so a page is one pass
over narrow index entries (about 50 ns each), and only the page's own rows are then looked up.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from clearq_tui.model import TaskState
from clearq_tui.store import text_matches
from clearq_tui.store.encoding import state_mask
from clearq_tui.store.store import Store, Value


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

FEW = 4000
"""Tasks; fewer than these are sorted faster than an index is walked."""


def count(store: Store, chosen: TaskFilter) -> int:
    """How many tasks the filter lets through."""
    with store.reading():
        query = _query(store, chosen)
        return query.size if query.size is not None else _count(store, chosen, query)


def ids(
    store: Store,
    chosen: TaskFilter,
    sort: TaskSort = TaskSort.ID,
    descending: bool = False,
    offset: int = 0,
    limit: int = -1,
) -> list[int]:
    """Ids of the list's tasks in its order; all of them without a limit."""
    with store.reading():
        query = _query(store, chosen)
        if sort in _GROUPED and getattr(chosen, _GROUPED[sort][0]) is None:
            return _grouped(store, sort, query, descending, offset, limit)
        return _select(store, sort, query, descending, offset, limit)


def position(
    store: Store, chosen: TaskFilter, task: int, sort: TaskSort = TaskSort.ID, *, descending: bool
) -> int | None:
    """How many tasks the list has before this one; None where the task is not in it."""
    with store.reading():
        query = _query(store, chosen)
        columns = _columns(sort)
        inside = f"{query.where} AND id = ?" if query.where else "WHERE id = ?"
        own = store.row(
            f"SELECT {', '.join(columns)} FROM tasks {inside}", (*query.parameters, task)
        )
        if own is None:
            return None
        if sort not in _GROUPED or getattr(chosen, _GROUPED[sort][0]) is not None:
            return _before(store, sort, query, own, descending)
        before = 0
        for group, size in _groups(store, sort, query, descending):
            if group == own[0]:
                break
            before += size
        within = query.also(f"{_GROUPED[sort][0]} IS ?", own[0], 0)
        return before + _before(store, sort, within, own, descending)


def _columns(sort: TaskSort) -> list[str]:
    """The columns of an order, the first deciding most."""
    return [part.split()[0] for part in _ORDERS[sort][1].split(", ")]


def _before(
    store: Store, sort: TaskSort, query: _Query, own: Sequence[Value], descending: bool
) -> int:
    """How many tasks come before one with these values."""
    alike, ways = "1", []
    parameters: list[Value] = []
    seen: list[Value] = []
    for column, value in zip(_columns(sort), own, strict=True):
        ways.append(f"({alike} AND {_precedes(column, value, descending)})")
        parameters += [*seen, value]
        alike += f" AND {column} IS ?"
        seen.append(value)
    where = f"{query.where} AND" if query.where else "WHERE"
    sql = f"SELECT count(*) FROM {_source(sort, query)} {where} ({' OR '.join(ways)})"
    return int(store.value(sql, (*query.parameters, *parameters)))


def _precedes(column: str, value: Value, descending: bool) -> str:
    """Whether a row's column comes before `value`, its parameter; NULL is the least of all."""
    if descending:
        return f"({column} > ? OR {column} IS NOT NULL)" if value is None else f"{column} > ?"
    return f"({column} < ? OR {column} IS NULL)" if value is not None else f"{column} < ?"


@dataclass(frozen=True)
class _Query:
    """A filter as SQL."""

    where: str
    parameters: tuple[Value, ...]
    size: int | None
    """How many tasks it lets through, where that is known without counting them."""
    few: bool = False
    """So few tasks have the text that sorting them beats walking an index."""

    def also(self, condition: str, value: Value, size: int) -> _Query:
        """Narrowed by one more condition, which leaves `size` tasks."""
        joined = f"{self.where} AND {condition}" if self.where else f"WHERE {condition}"
        return _Query(joined, (*self.parameters, value), size, self.few)


def _query(store: Store, chosen: TaskFilter) -> _Query:
    conditions: list[str] = []
    parameters: list[Value] = []
    for column in ("queue", "worker", "machine"):
        if (value := getattr(chosen, column)) is not None:
            conditions.append(f"{column} = ?")
            parameters.append(value)
    if chosen.states:
        conditions.append("state & ?")
        parameters.append(state_mask(chosen.states))
    size, few = None, False
    if chosen.text.strip():
        matched = text_matches.refresh(store, chosen.text)
        few = matched <= FEW
        size = matched if not conditions else None
        conditions.append(text_matches.DRIVES if few else text_matches.FILTERS)
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    if chosen.worker is None and chosen.machine is None and not chosen.text.strip():
        sql = f"SELECT ifnull(sum(number), 0) FROM task_counts {where}"
        size = int(store.value(sql, parameters))
    return _Query(where, tuple(parameters), size, few)


def _count(store: Store, chosen: TaskFilter, query: _Query) -> int:
    by = "tasks_by_queue" if chosen.queue is not None else "tasks_by_worker"
    source = "tasks" if query.few else f"tasks INDEXED BY {by}"
    return int(store.value(f"SELECT count(*) FROM {source} {query.where}", query.parameters))


def _from_nearer_end(size: int | None, offset: int, limit: int) -> tuple[int, int, bool]:
    """The same window counted from the end, where that is nearer and the length is known."""
    if size is None or limit < 0 or offset <= size // 2:
        return offset, limit, False
    limit = max(0, min(limit, size - offset))
    return max(0, size - offset - limit), limit, True


def _select(
    store: Store, sort: TaskSort, query: _Query, descending: bool, offset: int, limit: int
) -> list[int]:
    """A page by one pass over the order's index."""
    offset, limit, backwards = _from_nearer_end(query.size, offset, limit)
    order = _ORDERS[sort][1]
    direction = "DESC" if descending != backwards else "ASC"
    sql = (
        f"SELECT id FROM {_source(sort, query)} {query.where} "
        f"ORDER BY {order.format(d=direction)} {direction} LIMIT ? OFFSET ?"
    )
    found = [task for (task,) in store.rows(sql, (*query.parameters, limit, offset))]
    return found[::-1] if backwards else found


def _grouped(
    store: Store, sort: TaskSort, query: _Query, descending: bool, offset: int, limit: int
) -> list[int]:
    """A page in the order of the groups' names: count those before it, open those it touches."""
    offset, limit, backwards = _from_nearer_end(query.size, offset, limit)
    descending = descending != backwards
    column, _ = _GROUPED[sort]
    found: list[int] = []
    for group, size in _groups(store, sort, query, descending):
        if offset >= size:
            offset -= size
            continue
        room = limit - len(found) if limit >= 0 else -1
        inside = query.also(f"{column} IS ?", group, size)
        found += _select(store, sort, inside, descending, offset, room)
        offset = 0
        if 0 <= limit <= len(found):
            break
    return found[::-1] if backwards else found


def _groups(
    store: Store, sort: TaskSort, query: _Query, descending: bool
) -> Iterator[tuple[int | None, int]]:
    """Groups in the order of their names, no group first, each with its size."""
    column, table = _GROUPED[sort]
    named = store.rows(f"SELECT name, id FROM {table} ORDER BY name, id")
    groups = [None, *(group for _, group in named)]
    sizes: dict[int | None, int] = {}
    if query.few:  # counted all at once, since each query would sort out the few anew
        sizes = dict(
            store.rows(
                f"SELECT {column}, count(*) FROM tasks {query.where} GROUP BY {column}",
                query.parameters,
            )
        )
    for group in reversed(groups) if descending else groups:
        if query.few:
            yield group, sizes.get(group, 0)
        else:
            one = query.also(f"{column} IS ?", group, 0)
            sql = f"SELECT count(*) FROM {_source(sort, one)} {one.where}"
            yield group, int(store.value(sql, one.parameters))


def _source(sort: TaskSort, query: _Query) -> str:
    return "tasks" if query.few else f"tasks INDEXED BY {_ORDERS[sort][0]}"
