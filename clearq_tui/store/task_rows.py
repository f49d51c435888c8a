"""A task as its two tables hold it."""

from __future__ import annotations

from clearq_tui.environment_plan import plan_from_json
from clearq_tui.model import SecretUse, Task
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
    "s.plan",
    "s.overrides",
    "s.secrets",
    "s.scalars",
)
"""With `tasks` as t and `task_specs` as s: the fields of `Task`, in its order."""


def task_from(row: Row) -> Task:
    """The task at the beginning of a row of `TASK_COLUMNS`."""
    (number, name, state, command, queue, created_at, changed_at, environment, *more) = row
    snapshot, attempt, worker, exit_code, reason, clone_of, *asked = more[:10]
    plan, overrides, secrets, scalars = asked
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
        plan=plan_from_json(plan),
        overrides=from_json(overrides) if overrides else {},
        secrets=tuple(SecretUse(*one) for one in from_json(secrets)) if secrets else (),
        scalars=from_json(scalars) if scalars else {},
    )
