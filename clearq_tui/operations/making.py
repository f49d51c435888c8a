"""What an operator can do to make tasks: enqueue, draft, edit, clone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from clearq_tui.environment_plan import EnvironmentPlan
from clearq_tui.model import NewTask, Refused, SecretUse, Task, TaskState
from clearq_tui.operations import finding, transitions
from clearq_tui.operations.plans import check_plan
from clearq_tui.store import Store, events, ranks, tasks


@dataclass(frozen=True)
class TaskChanges:
    """What to change in a draft or a clone; None leaves a thing as it is."""

    name: str | None = None
    command: tuple[str, ...] | None = None
    environment: Mapping[str, str] | None = None
    snapshot: str | None = None
    plan: EnvironmentPlan | None = None
    overrides: Mapping[str, str] | None = None
    secrets: tuple[SecretUse, ...] | None = None
    scalars: Mapping[str, str] | None = None


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
        tasks.rewrite(store, task, new, _name(new))
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


def _check(new: NewTask) -> None:
    if not new.command or not new.command[0]:
        raise Refused("The task has no command; say what it is to run.")
    parts = (*new.command, new.name, *new.environment, *new.environment.values())
    if any("\0" in part for part in parts):
        raise Refused("The task's name, command or environment has a NUL byte in it.")
    for key in new.environment:
        if not key or "=" in key:
            raise Refused(f"{key!r} cannot be the name of an environment variable.")
    check_plan(new.plan)


def _name(new: NewTask) -> str:
    return new.name or " ".join(new.command)[:60]


def _changed(present: Task, changes: TaskChanges) -> NewTask:
    new = NewTask(
        name=present.name,
        command=present.command,
        environment=present.environment,
        snapshot=present.snapshot,
        plan=present.plan,
        overrides=present.overrides,
        secrets=present.secrets,
        scalars=present.scalars,
    )
    said = {name: value for name, value in vars(changes).items() if value is not None}
    return replace(new, **said)


def _create(
    store: Store,
    new: NewTask,
    now: float,
    clone_of: int | None = None,
    queue: int | None = None,
    rank: int | None = None,
) -> int:
    return tasks.create(store, new, _name(new), now=now, clone_of=clone_of, queue=queue, rank=rank)
