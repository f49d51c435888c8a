"""What an operator can do with tasks that are there: queue, abort, retry, remove.

Making and moving them are in `making` and `ordering`, and named here too.
"""

from __future__ import annotations

from collections.abc import Iterable

from clearq_tui.model import ACTIVE, NewTask, Refused, Task, TaskState, Wish
from clearq_tui.operations import finding, transitions
from clearq_tui.operations.bulk import BulkReport, for_each
from clearq_tui.operations.making import TaskChanges, clone, create_draft, edit, enqueue
from clearq_tui.operations.ordering import Move, move, move_to_queue
from clearq_tui.store import Store, attempts, discards, events, ranks, tasks

__all__ = [
    "Move",
    "NewTask",
    "TaskChanges",
    "abort",
    "clone",
    "create_draft",
    "dequeue",
    "edit",
    "enqueue",
    "enqueue_existing",
    "move",
    "move_to_queue",
    "remove",
    "retry",
]


def enqueue_existing(
    store: Store,
    ids: Iterable[int],
    queue: str | None = None,
    at_top: bool = False,
    *,
    who: str = "operator",
    now: float,
) -> BulkReport:
    """Queue drafts and ended tasks, in the order given (also at the top).

    Raises:
        NotFound: there is no such queue.
    """
    with store.transaction():
        into = finding.queue(store, queue).id

        def act(task: int) -> None:
            _queue(store, task, into, at_top, who, now)

        wanted = list(dict.fromkeys(ids))
        report = for_each(reversed(wanted) if at_top else wanted, act)
        return BulkReport(tuple(reversed(report.done)) if at_top else report.done, report.refused)


def dequeue(store: Store, ids: Iterable[int], *, who: str = "operator", now: float) -> BulkReport:
    """Take waiting tasks out of their queues: they become drafts."""
    with store.transaction():

        def act(task: int) -> None:
            present = finding.task(store, task)
            transitions.check(task, present.state, TaskState.DRAFT, "be taken out of a queue")
            tasks.set_draft(store, task, now)
            transitions.record(
                store,
                task,
                present.state,
                TaskState.DRAFT,
                at=now,
                who=who,
                queue=present.queue,
            )

        return for_each(ids, act)


def abort(
    store: Store,
    ids: Iterable[int],
    kill: bool = False,
    *,
    who: str = "operator",
    now: float,
) -> BulkReport:
    """End tasks: a waiting one at once, one in a machine's hands when its machine has done it.

    `kill` leaves out the grace period between asking and killing.
    """
    with store.transaction():

        def act(task: int) -> None:
            present = finding.task(store, task)
            if present.state in ACTIVE:
                _wish_abort(store, present, kill, who, now)
                return
            # A lost one may still turn out to have been aborted, but not by asking for it now.
            if present.state.is_ended:
                raise Refused(f"Task #{task} is {present.state.value} and cannot be aborted.")
            transitions.check(task, present.state, TaskState.ABORTED, "be aborted")
            transitions.end(
                store, task, present.state, TaskState.ABORTED, at=now, who=who, why=f"by {who}"
            )

        return for_each(ids, act)


def retry(store: Store, ids: Iterable[int], *, who: str = "operator", now: float) -> BulkReport:
    """Queue ended tasks again, at the bottom of the queue they were in: the next attempt."""
    with store.transaction():

        def act(task: int) -> None:
            present = finding.task(store, task)
            if not present.state.is_ended:
                raise Refused(
                    f"Task #{task} is {present.state.value}; only an ended one is retried."
                )
            _queue(store, task, _queue_again(store, present), False, who, now)

        return for_each(ids, act)


def remove(store: Store, ids: Iterable[int], *, who: str = "operator", now: float) -> BulkReport:
    """Take tasks and their attempts out of the store for good; their history stays.

    What they left on machines is given up there, as soon as these can be told.
    """
    with store.transaction():

        def act(task: int) -> None:
            present = finding.task(store, task)
            if present.state in ACTIVE:
                raise Refused(
                    f"Task #{task} is {present.state.value}; abort it before removing it."
                )
            discards.of_task(store, task)
            tasks.remove(store, task)
            events.add(store, now, who, "removed", task=task, before=present.state.value)

        return for_each(ids, act)


def _queue(store: Store, task: int, queue: int, at_top: bool, who: str, now: float) -> None:
    present = finding.task(store, task)
    transitions.check(task, present.state, TaskState.QUEUED, "be queued")
    if present.state in ACTIVE:
        raise Refused(f"Task #{task} is {present.state.value} and cannot be queued.")
    rank = ranks.top(store, queue) if at_top else ranks.bottom(store, queue)
    tasks.set_queued(store, task, queue, rank, now)
    transitions.record(store, task, present.state, TaskState.QUEUED, at=now, who=who, queue=queue)


def _queue_again(store: Store, present: Task) -> int:
    if present.queue is not None and (known := finding.living_queue(store, present.queue)):
        return known
    return finding.queue(store, None).id


def _wish_abort(store: Store, present: Task, kill: bool, who: str, now: float) -> None:
    attempt = attempts.open_of_task(store, present.id)
    if attempt is None:
        raise AssertionError(f"task {present.id} is {present.state.value} with no open attempt")
    wish = Wish.KILL if kill else Wish.ABORT
    if attempt.wish is Wish.KILL or attempt.wish is wish:
        return
    attempts.set_wish(store, present.id, attempt.number, wish)
    events.add(
        store,
        now,
        who,
        "asked to end",
        task=present.id,
        attempt=attempt.number,
        machine=attempt.machine,
        worker=attempt.worker,
        after=wish.value,
    )
