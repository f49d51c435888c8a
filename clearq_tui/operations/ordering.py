"""What an operator can do with the order of a queue."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from clearq_tui.model import Refused, TaskState
from clearq_tui.operations import finding
from clearq_tui.operations.bulk import BulkReport, for_each
from clearq_tui.store import Store, events, ranks, tasks


@dataclass(frozen=True)
class Move:
    """Where to: one place up or down, to an end, or to a place counted from 1."""

    where: str
    position: int = 0

    @classmethod
    def up(cls) -> Move:
        """One place nearer to the top."""
        return cls("up")

    @classmethod
    def down(cls) -> Move:
        """One place nearer to the bottom."""
        return cls("down")

    @classmethod
    def top(cls) -> Move:
        """Before all others."""
        return cls("top")

    @classmethod
    def bottom(cls) -> Move:
        """Behind all others."""
        return cls("bottom")

    @classmethod
    def to(cls, position: int) -> Move:
        """To the place that has this number, 1 being the top; beyond the end means last."""
        return cls("to", position)


def move(
    store: Store, ids: Iterable[int], to: Move, *, who: str = "operator", now: float
) -> BulkReport:
    """Move waiting tasks within their queues; several keep their order among themselves."""
    with store.transaction():
        chosen: dict[int, list[int]] = {}

        def act(task: int) -> None:
            chosen.setdefault(_waiting_in(store, task), []).append(task)

        report = for_each(ids, act)
        for queue, members in chosen.items():
            _move(store, queue, members, to)
            for task in members:
                events.add(store, now, who, "moved", task=task, queue=queue, after=_described(to))
        return report


def move_to_queue(
    store: Store,
    ids: Iterable[int],
    queue: str,
    at_top: bool = False,
    *,
    who: str = "operator",
    now: float,
) -> BulkReport:
    """Move waiting tasks to the end (or top) of another queue, in the order given.

    Raises:
        NotFound: there is no such queue.
    """
    with store.transaction():
        into = finding.queue(store, queue).id

        def act(task: int) -> None:
            _waiting_in(store, task)
            rank = ranks.top(store, into) if at_top else ranks.bottom(store, into)
            tasks.place(store, task, into, rank)
            events.add(store, now, who, "moved", task=task, queue=into, after=queue)

        wanted = list(dict.fromkeys(ids))
        report = for_each(reversed(wanted) if at_top else wanted, act)
        return BulkReport(tuple(reversed(report.done)) if at_top else report.done, report.refused)


def _waiting_in(store: Store, task: int) -> int:
    present = finding.task(store, task)
    if present.state is not TaskState.QUEUED or present.queue is None:
        raise Refused(f"Task #{task} is {present.state.value}; only a waiting task can be moved.")
    return present.queue


def _described(to: Move) -> str:
    return f"to {to.position}" if to.where == "to" else to.where


def _move(store: Store, queue: int, members: list[int], to: Move) -> None:
    ordered = ranks.in_order(store, members)
    if to.where == "top":
        for task in reversed(ordered):
            tasks.place(store, task, queue, ranks.top(store, queue))
    elif to.where == "bottom":
        for task in ordered:
            tasks.place(store, task, queue, ranks.bottom(store, queue))
    elif to.where == "up":
        _step(store, queue, ordered, upwards=True)
    elif to.where == "down":
        _step(store, queue, ordered[::-1], upwards=False)
    else:
        if to.position < 1:
            raise Refused(f"There is no place {to.position} in a queue; the top is place 1.")
        ranks.move_to(store, queue, ordered, to.position - 1)


def _step(store: Store, queue: int, ordered: list[int], *, upwards: bool) -> None:
    """Each one place along, the foremost first; those that stand at the end stay there."""
    stuck: set[int] = set()
    for task in ordered:
        neighbour = ranks.neighbour(store, queue, task, upwards=upwards)
        if neighbour is None or neighbour in stuck:
            stuck.add(task)
        else:
            ranks.move_past(store, queue, task, neighbour, upwards=upwards)
