"""A task as its two tables hold it."""

from __future__ import annotations

from clearq_tui.model import Task
from clearq_tui.store.encoding import STATE_OF, from_json
from clearq_tui.store.store import Row

TASK_COLUMNS = (
    "t.id",
    "t.name",
    "t.state",
    "s.command",
    "t.queue",
    "t.created_at",
    "t.changed_at",
    "s.environment",
    "s.snapshot",
    "t.attempt",
    "t.worker",
    "t.exit_code",
    "t.reason",
    "t.clone_of",
)
"""With `tasks` as t and `task_specs` as s: the fields of `Task`, in its order."""


def task_from(row: Row) -> Task:
    """The task at the beginning of a row of `TASK_COLUMNS`."""
    (number, name, state, command, queue, created_at, changed_at, environment, *more) = row
    snapshot, attempt, worker, exit_code, reason, clone_of = more[:6]
    return Task(
        id=number,
        name=name,
        state=STATE_OF[state],
        command=tuple(from_json(command)),
        queue=queue,
        created_at=created_at,
        changed_at=changed_at,
        environment=from_json(environment),
        snapshot=snapshot,
        attempt=attempt,
        worker=worker,
        exit_code=exit_code,
        reason=reason,
        clone_of=clone_of,
    )
