"""What an operator can do with queues: add, rename, pause, clear, remove."""

from __future__ import annotations

from clearq_tui.model import Refused, TaskState
from clearq_tui.operations import finding, transitions
from clearq_tui.operations.workers import turn_after_change
from clearq_tui.store import Store, events, queues, settings, tasks, workers


def add_queue(store: Store, name: str, *, who: str = "operator", now: float) -> int:
    """A new queue's id.

    Raises:
        Refused: the name is taken or impossible.
    """
    with store.transaction():
        finding.check_name("queue", name, queues.names(store))
        queue = queues.add(store, name)
        events.add(store, now, who, "added", queue=queue, after=name)
        return queue


def remove_queue(
    store: Store, name: str, *, force: bool = False, who: str = "operator", now: float
) -> None:
    """Take the queue out, also from its workers. `force`: its waiting tasks become drafts.

    Raises:
        NotFound: there is no such queue.
        Refused: it is the default queue, or tasks wait in it and `force` is not given.
    """
    with store.transaction():
        queue = finding.queue(store, name)
        if settings.default_queue(store) == queue.id:
            raise Refused(f"{name} is the default queue; make another one the default first.")
        waiting = queues.counts(store, queue.id).get(TaskState.QUEUED, 0)
        if waiting and not force:
            raise Refused(
                f"{waiting} tasks wait in {name}; clear it first, or force the removal: then they "
                "become drafts."
            )
        _empty(store, queue.id, who, now, why=f"queue {name} was removed")
        for worker in workers.all_workers(store):
            if queue.id in worker.queues:
                left = [served for served in worker.queues if served != queue.id]
                turn = turn_after_change(store, worker.id, left)
                workers.set_queues(store, worker.id, left, turn)
        queues.set_gone(store, queue.id)
        events.add(store, now, who, "removed", queue=queue.id, before=name)


def rename_queue(
    store: Store, name: str, new_name: str, *, who: str = "operator", now: float
) -> None:
    """Give the queue another name.

    Raises:
        NotFound: there is no such queue.
        Refused: the new name is taken or impossible.
    """
    with store.transaction():
        queue = finding.queue(store, name)
        finding.check_name("queue", new_name, queues.names(store))
        queues.rename(store, queue.id, new_name)
        events.add(store, now, who, "renamed", queue=queue.id, before=name, after=new_name)


def pause(store: Store, name: str, *, who: str = "operator", now: float) -> None:
    """The queue gives no tasks to workers; what has not started comes back to it.

    Raises:
        NotFound: there is no such queue.
    """
    _set_paused(store, name, True, who, now)


def resume(store: Store, name: str, *, who: str = "operator", now: float) -> None:
    """The queue gives tasks to workers again.

    Raises:
        NotFound: there is no such queue.
    """
    _set_paused(store, name, False, who, now)


def set_default(store: Store, name: str, *, who: str = "operator", now: float) -> None:
    """Tasks for which no queue is named go to this one.

    Raises:
        NotFound: there is no such queue.
    """
    with store.transaction():
        queue = finding.queue(store, name)
        settings.set_default_queue(store, queue.id)
        events.add(store, now, who, "made default", queue=queue.id)


def clear(store: Store, name: str, *, who: str = "operator", now: float) -> int:
    """All waiting tasks of the queue become drafts; how many there were.

    Raises:
        NotFound: there is no such queue.
    """
    with store.transaction():
        queue = finding.queue(store, name)
        return _empty(store, queue.id, who, now, why=f"queue {name} was cleared")


def _empty(store: Store, queue: int, who: str, now: float, *, why: str) -> int:
    waiting = tasks.waiting(store, queue, limit=-1)
    for task in waiting:
        tasks.set_draft(store, task, now)
        transitions.record(
            store,
            task,
            TaskState.QUEUED,
            TaskState.DRAFT,
            at=now,
            who=who,
            why=why,
            queue=queue,
        )
    return len(waiting)


def _set_paused(store: Store, name: str, paused: bool, who: str, now: float) -> None:
    with store.transaction():
        queue = finding.queue(store, name)
        if queue.paused is paused:
            return
        queues.set_paused(store, queue.id, paused)
        events.add(store, now, who, "paused" if paused else "resumed", queue=queue.id)
