"""From a filled form to a task: one transaction, whichever of its ways it takes."""

from __future__ import annotations

from clearq_tui.operations import tasks as operations
from clearq_tui.store import Store


def save_task(
    store: Store,
    form: operations.NewTask,
    queue: str | None,
    at_top: bool,
    *,
    clone_of: int | None = None,
    edited: int | None = None,
    now: float,
) -> int:
    """Make the task, a clone of one, or change the draft `edited`; its id.

    `queue` None leaves it a draft.

    Raises:
        NotFound: there is no such queue, or the task is gone.
        Refused: the task makes no sense, or is no draft any more.
    """
    if clone_of is None and edited is None and queue is not None:
        return operations.enqueue(store, form, queue, at_top, now=now)
    with store.together():
        number = _draft(store, form, clone_of, edited, now)
        if queue is not None:
            operations.enqueue_existing(store, [number], queue, at_top, now=now).check()
    return number


def _draft(
    store: Store,
    form: operations.NewTask,
    clone_of: int | None,
    edited: int | None,
    now: float,
) -> int:
    changes = operations.TaskChanges(
        name=form.name,
        command=form.command,
        environment=form.environment,
        snapshot=form.snapshot,
        plan=form.plan,
        overrides=form.overrides,
    )
    if clone_of is not None:
        return operations.clone(store, clone_of, changes, now=now)
    if edited is not None:
        operations.edit(store, edited, changes, now=now)
        return edited
    return operations.create_draft(store, form, now=now)
