"""The order of a queue: sortable integers with wide gaps, so that a move rewrites one row."""

from __future__ import annotations

from clearq_tui.store.encoding import to_json
from clearq_tui.store.store import Store

GAP = 1 << 32
"""Between neighbours at the ends of a queue: room for 32 halvings, and for 2^31 tasks each way."""

_WAITING = "FROM tasks INDEXED BY waiting_tasks WHERE state = 2 AND queue = ?"


def bottom(store: Store, queue: int) -> int:
    """A rank behind every task that is or was in the queue."""
    last = store.value("SELECT max(rank) FROM tasks WHERE queue = ?", (queue,))
    return int(last) + GAP if last is not None else 0


def top(store: Store, queue: int) -> int:
    """A rank before every task that is or was in the queue."""
    first = store.value("SELECT min(rank) FROM tasks WHERE queue = ?", (queue,))
    return int(first) - GAP if first is not None else 0


def of(store: Store, task: int) -> int | None:
    """The task's rank in its queue."""
    rank: int | None = store.value("SELECT rank FROM tasks WHERE id = ?", (task,))
    return rank


def in_order(store: Store, members: list[int]) -> list[int]:
    """The tasks, all of one queue, in its order."""
    ranked = [(of(store, task) or 0, task) for task in members]
    return [task for _, task in sorted(ranked)]


def neighbour(store: Store, queue: int, task: int, *, upwards: bool) -> int | None:
    """The waiting task just before (upwards) or behind this one."""
    after, direction = ("<", "DESC") if upwards else (">", "ASC")
    found: int | None = store.value(
        f"SELECT id {_WAITING} AND (rank, id) {after} (?, ?) "
        f"ORDER BY rank {direction}, id {direction} LIMIT 1",
        (queue, of(store, task), task),
    )
    return found


def move_past(store: Store, queue: int, task: int, other: int, *, upwards: bool) -> None:
    """Put the task just before (upwards) or behind `other`, a waiting task of the same queue."""
    beyond = neighbour(store, queue, other, upwards=upwards)
    before, behind = (beyond, other) if upwards else (other, beyond)
    _put_between(store, queue, [task], before, behind)


def move_to(store: Store, queue: int, members: list[int], position: int) -> None:
    """Put the waiting tasks, in this order, where `position` others (from 0) are before them."""
    # Those that move do not count, so look for the place among the others.
    found = store.rows(
        f"SELECT id {_WAITING} AND id NOT IN (SELECT value FROM json_each(?)) "
        "ORDER BY rank, id LIMIT 2 OFFSET ?",
        (queue, to_json(members), max(0, position - 1)),
    )
    around = [task for (task,) in found]
    if not around:  # the place is beyond the end
        before, behind = None, None
    elif position == 0:
        before, behind = None, around[0]
    else:
        before, behind = around[0], around[1] if len(around) > 1 else None
    _put_between(store, queue, members, before, behind)


def _put_between(
    store: Store, queue: int, members: list[int], before: int | None, behind: int | None
) -> None:
    """Give the tasks ranks after that of `before` and ahead of that of `behind`."""
    if behind is None:
        for task in members:
            _set(store, task, bottom(store, queue))
        return
    if before is None:
        for task in reversed(members):
            _set(store, task, top(store, queue))
        return
    low, high = of(store, before) or 0, of(store, behind) or 0
    if high - low <= len(members):
        _spread(store, queue, before, behind, len(members))
        low, high = of(store, before) or 0, of(store, behind) or 0
    step = (high - low) // (len(members) + 1)
    for place, task in enumerate(members, start=1):
        _set(store, task, low + place * step)


def _spread(store: Store, queue: int, before: int, behind: int, room: int) -> None:
    """Widen the gap between two neighbours by giving the tasks around them even ranks.

    The window doubles until it holds enough room, so the cost follows how crowded the place is.
    """
    low, high = of(store, before) or 0, of(store, behind) or 0
    reach = 8
    while True:
        left = store.rows(
            f"SELECT id, rank {_WAITING} AND (rank, id) <= (?, ?) "
            "ORDER BY rank DESC, id DESC LIMIT ?",
            (queue, low, before, reach),
        )
        right = store.rows(
            f"SELECT id, rank {_WAITING} AND (rank, id) >= (?, ?) ORDER BY rank, id LIMIT ?",
            (queue, high, behind, reach),
        )
        window = [*reversed(left), *right]
        if len(left) < reach and len(right) < reach:  # all of the queue: nobody limits the spread
            first, step = window[0][1], max(GAP, 2 * (room + 2))
            break
        first = window[0][1] if len(left) == reach else window[0][1] - GAP
        last = window[-1][1] if len(right) == reach else window[-1][1] + GAP
        step = (last - first) // (len(window) + 1)
        if step > 2 * (room + 1):
            break
        reach *= 2
    for place, (task, _) in enumerate(window, start=1):
        _set(store, task, first + place * step)


def _set(store: Store, task: int, rank: int) -> None:
    store.change("UPDATE tasks SET rank = ? WHERE id = ?", (rank, task))
