"""What an operator can do with tasks: make, edit, queue, abort, retry, remove."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from clearq_tui.model import ACTIVE, Refused, Task, TaskState, Wish
from clearq_tui.operations import finding, transitions
from clearq_tui.operations.bulk import BulkReport, for_each
from clearq_tui.operations.ordering import Move, move, move_to_queue
from clearq_tui.store import Store, attempts, events, ranks, tasks

__all__ = ["Move", "NewTask", "TaskChanges", "move", "move_to_queue"]


@dataclass(frozen=True)
class NewTask:
    """What to run."""

    command: tuple[str, ...]
    name: str = ""
    """Shown in lists; the command's first words when empty."""
    environment: Mapping[str, str] = field(default_factory=dict)
    snapshot: str = ""
    """JSON of `capture.Snapshot`; empty when the task brings no code."""


@dataclass(frozen=True)
class TaskChanges:
    """What to change in a draft or a clone; None leaves a thing as it is."""

    name: str | None = None
    command: tuple[str, ...] | None = None
    environment: Mapping[str, str] | None = None
    snapshot: str | None = None


def enqueue(
    store: Store,
    new: NewTask,
    queue: str | None = None,
    at_top: bool = False,
    *,
    who: str = "operator",
    now: float,
) -> int:
    """Create the task and queue it (None: in the default queue); its id.

    Raises:
        NotFound: there is no such queue.
        Refused: the task makes no sense.
    """
    _check(new)
    with store.transaction():
        into = finding.queue(store, queue)
        rank = ranks.top(store, into.id) if at_top else ranks.bottom(store, into.id)
        task = _create(store, new, now, queue=into.id, rank=rank)
        transitions.record(
            store,
            task,
            TaskState.DRAFT,
            TaskState.QUEUED,
            at=now,
            who=who,
            queue=into.id,
        )
        return task


def create_draft(store: Store, new: NewTask, *, who: str = "operator", now: float) -> int:
    """Create the task as a draft; its id.

    Raises:
        Refused: the task makes no sense.
    """
    _check(new)
    with store.transaction():
        task = _create(store, new, now)
        events.add(store, now, who, "created", task=task)
        return task


def edit(
    store: Store, task: int, changes: TaskChanges, *, who: str = "operator", now: float
) -> None:
    """Change what a draft says.

    Raises:
        NotFound: there is no such task.
        Refused: it is no draft, or would make no sense.
    """
    with store.transaction():
        present = finding.task(store, task)
        if present.state is not TaskState.DRAFT:
            raise Refused(
                f"Task #{task} is {present.state.value}: only a draft can be edited. Take it out "
                "of its queue first, or clone it."
            )
        new = _changed(present, changes)
        _check(new)
        tasks.rewrite(
            store,
            task,
            name=_name(new),
            command=new.command,
            environment=new.environment,
            snapshot=new.snapshot,
        )
        events.add(store, now, who, "edited", task=task)


def clone(
    store: Store,
    task: int,
    changes: TaskChanges | None = None,
    *,
    who: str = "operator",
    now: float,
) -> int:
    """A draft like the task but for `changes`; its id.

    Raises:
        NotFound: there is no such task.
        Refused: the clone would make no sense.
    """
    with store.transaction():
        new = _changed(finding.task(store, task), changes or TaskChanges())
        _check(new)
        copy = _create(store, new, now, clone_of=task)
        events.add(store, now, who, "created", task=copy, why=f"clone of #{task}")
        return copy


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


reset = retry


def remove(store: Store, ids: Iterable[int], *, who: str = "operator", now: float) -> BulkReport:
    """Take tasks and their attempts out of the store for good; their history stays."""
    with store.transaction():

        def act(task: int) -> None:
            present = finding.task(store, task)
            if present.state in ACTIVE:
                raise Refused(
                    f"Task #{task} is {present.state.value}; abort it before removing it."
                )
            tasks.remove(store, task)
            events.add(store, now, who, "removed", task=task, before=present.state.value)

        return for_each(ids, act)


def _check(new: NewTask) -> None:
    if not new.command or not new.command[0]:
        raise Refused("The task has no command; say what it is to run.")
    parts = (*new.command, new.name, *new.environment, *new.environment.values())
    if any("\0" in part for part in parts):
        raise Refused("The task's name, command or environment has a NUL byte in it.")
    for key in new.environment:
        if not key or "=" in key:
            raise Refused(f"{key!r} cannot be the name of an environment variable.")


def _name(new: NewTask) -> str:
    return new.name or " ".join(new.command)[:60]


def _changed(present: Task, changes: TaskChanges) -> NewTask:
    return NewTask(
        name=present.name if changes.name is None else changes.name,
        command=present.command if changes.command is None else changes.command,
        environment=present.environment if changes.environment is None else changes.environment,
        snapshot=present.snapshot if changes.snapshot is None else changes.snapshot,
    )


def _create(
    store: Store,
    new: NewTask,
    now: float,
    clone_of: int | None = None,
    queue: int | None = None,
    rank: int | None = None,
) -> int:
    return tasks.create(
        store,
        name=_name(new),
        command=new.command,
        environment=new.environment,
        snapshot=new.snapshot,
        now=now,
        clone_of=clone_of,
        queue=queue,
        rank=rank,
    )


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
