"""Tasks in the store: one at a time. Lists of them are in `task_lists`, queue order in `ranks`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from clearq_tui.environment_plan import EnvironmentPlan
from clearq_tui.model import NewTask, Task, TaskState
from clearq_tui.store.encoding import STATE_BIT, STATE_OF, state_mask, to_json
from clearq_tui.store.store import Store
from clearq_tui.store.task_lists import (
    TaskFilter,
    TaskRow,
    TaskSort,
    count,
    ids,
    page,
    position,
    rows_of,
)
from clearq_tui.store.task_rows import TASK_COLUMNS, task_from

__all__ = ["TaskFilter", "TaskRow", "TaskSort", "count", "ids", "page", "position", "rows_of"]

_WRONG = state_mask({TaskState.FAILED, TaskState.LOST})


class Standing(NamedTuple):
    """The little of a task that decides what may happen to it."""

    task: int
    state: TaskState
    attempt: int
    """The number of the latest attempt."""
    queue: int | None
    paused: bool
    """Its queue gives no tasks."""


def get(store: Store, task: int) -> Task | None:
    """The task with this id."""
    row = store.row(
        f"SELECT {', '.join(TASK_COLUMNS)} FROM tasks t JOIN task_specs s ON s.task = t.id "
        "WHERE t.id = ?",
        (task,),
    )
    return task_from(row) if row else None


def snapshots(store: Store) -> list[str]:
    """Every snapshot that some task may run again on, as it was stored."""
    found = store.rows("SELECT DISTINCT snapshot FROM task_specs WHERE snapshot <> ''")
    return [snapshot for (snapshot,) in found]


def standing(store: Store, task: int) -> Standing | None:
    """Where the task stands, without what it is to run."""
    row = store.row(
        "SELECT t.id, t.state, t.attempt, t.queue, ifnull(q.paused, 0) FROM tasks t "
        "LEFT JOIN queues q ON q.id = t.queue WHERE t.id = ?",
        (task,),
    )
    return Standing(row[0], STATE_OF[row[1]], row[2], row[3], bool(row[4])) if row else None


def create(
    store: Store,
    new: NewTask,
    name: str,
    *,
    now: float,
    clone_of: int | None = None,
    queue: int | None = None,
    rank: int | None = None,
) -> int:
    """A new task's id: a draft, or waiting at `rank` where a queue is given."""
    state = TaskState.DRAFT if queue is None else TaskState.QUEUED
    task = store.insert(
        "INSERT INTO tasks (name, state, queue, rank, created_at, changed_at, clone_of) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (name, STATE_BIT[state], queue, rank, now, now, clone_of),
    )
    store.change(
        "INSERT INTO task_specs (command, environment, snapshot, plan, overrides, secrets, "
        "scalars, search, task) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (*_written(new), _search_text(task, name, new.command), task),
    )
    return task


def rewrite(store: Store, task: int, new: NewTask, name: str) -> None:
    """Overwrite what a draft says."""
    store.change("UPDATE tasks SET name = ? WHERE id = ?", (name, task))
    store.change(
        "UPDATE task_specs SET command = ?, environment = ?, snapshot = ?, plan = ?, "
        "overrides = ?, secrets = ?, scalars = ?, search = ? WHERE task = ?",
        (*_written(new), _search_text(task, name, new.command), task),
    )


def set_plan(store: Store, task: int, plan: EnvironmentPlan) -> None:
    """Keep what was found out about the task's environment, such as the lock of a solve."""
    store.change("UPDATE task_specs SET plan = ? WHERE task = ?", (plan.to_json(), task))


def _written(new: NewTask) -> tuple[str, ...]:
    """The columns of what is to run; empty where nothing is said, as it is for most tasks."""
    uses = [(use.name, use.kind, use.target) for use in new.secrets]
    return (
        to_json(list(new.command)),
        to_json(dict(new.environment)),
        new.snapshot,
        new.plan.to_json(),
        to_json(dict(new.overrides)) if new.overrides else "",
        to_json(uses) if uses else "",
        to_json(dict(new.scalars)) if new.scalars else "",
    )


def set_queued(store: Store, task: int, queue: int, rank: int, now: float) -> None:
    """The task waits in the queue at `rank`; what an earlier attempt left is cleared."""
    store.change(
        "UPDATE tasks SET state = ?, queue = ?, rank = ?, changed_at = ?, worker = NULL, "
        "machine = NULL, exit_code = NULL, reason = '', started_at = NULL, ended_at = NULL "
        "WHERE id = ?",
        (STATE_BIT[TaskState.QUEUED], queue, rank, now, task),
    )


def set_draft(store: Store, task: int, now: float) -> None:
    """The task is in no queue and may be edited."""
    store.change(
        "UPDATE tasks SET state = ?, queue = NULL, rank = NULL, changed_at = ?, reason = '' "
        "WHERE id = ?",
        (STATE_BIT[TaskState.DRAFT], now, task),
    )


def set_leased(
    store: Store, task: int, worker: int, machine: int, attempt: int, now: float
) -> None:
    """The task's new attempt belongs to the worker."""
    store.change(
        "UPDATE tasks SET state = ?, worker = ?, machine = ?, attempt = ?, changed_at = ? "
        "WHERE id = ?",
        (STATE_BIT[TaskState.LEASED], worker, machine, attempt, now, task),
    )


def set_waiting_again(store: Store, task: int, now: float) -> None:
    """The lease was recalled: the task waits where it was in its queue."""
    store.change(
        "UPDATE tasks SET state = ?, worker = NULL, machine = NULL, changed_at = ?, reason = '' "
        "WHERE id = ?",
        (STATE_BIT[TaskState.QUEUED], now, task),
    )


def set_preparing(store: Store, task: int, at: float) -> None:
    """The machine makes the task ready to run."""
    store.change(
        "UPDATE tasks SET state = ?, changed_at = ? WHERE id = ?",
        (STATE_BIT[TaskState.PREPARING], at, task),
    )


def set_running(store: Store, task: int, at: float) -> None:
    """The task's command was started at `at`."""
    store.change(
        "UPDATE tasks SET state = ?, changed_at = ?, started_at = ? WHERE id = ?",
        (STATE_BIT[TaskState.RUNNING], at, at, task),
    )


def set_reason(store: Store, task: int, reason: str) -> None:
    """Why the task is in the state in which it is."""
    store.change("UPDATE tasks SET reason = ? WHERE id = ?", (reason, task))


def set_ended(
    store: Store,
    task: int,
    state: TaskState,
    at: float,
    exit_code: int | None = None,
    reason: str = "",
) -> None:
    """The task is over, in `state`."""
    store.change(
        "UPDATE tasks SET state = ?, changed_at = ?, ended_at = ?, exit_code = ?, reason = ? "
        "WHERE id = ?",
        (STATE_BIT[state], at, at, exit_code, reason, task),
    )


def place(store: Store, task: int, queue: int, rank: int) -> None:
    """Put the task at `rank` of the queue, its state untouched."""
    store.change("UPDATE tasks SET queue = ?, rank = ? WHERE id = ?", (queue, rank, task))


def waiting(store: Store, queue: int, limit: int) -> list[int]:
    """The first `limit` waiting tasks of the queue, in its order."""
    sql = (
        "SELECT id FROM tasks INDEXED BY waiting_tasks WHERE queue = ? AND state = 2 "
        "ORDER BY rank, id LIMIT ?"
    )
    return [task for (task,) in store.rows(sql, (queue, limit))]


def held_up(store: Store) -> list[tuple[int, str]]:
    """The leased tasks that do not begin, each with the reason."""
    return list(
        store.rows(
            "SELECT id, reason FROM tasks INDEXED BY tasks_by_state "
            "WHERE state = ? AND reason <> ''",
            (STATE_BIT[TaskState.LEASED],),
        )
    )


def went_wrong_since(store: Store, since: float) -> int:
    """How many tasks failed or were lost after `since` and are so still.

    Reads the index of changes: some milliseconds where 100,000 tasks changed meanwhile.
    """
    return int(
        store.value(
            "SELECT count(*) FROM tasks INDEXED BY tasks_by_change "
            "WHERE changed_at > ? AND state & ?",
            (since, _WRONG),
        )
    )


def exists(store: Store, task: int) -> bool:
    """Whether there is such a task."""
    return store.row("SELECT 1 FROM tasks WHERE id = ?", (task,)) is not None


def remove(store: Store, task: int) -> None:
    """Take the task and its attempts out of the store; its events stay."""
    store.change("DELETE FROM tasks WHERE id = ?", (task,))


def _search_text(task: int, name: str, command: Sequence[str]) -> str:
    return f"{task} {name} {' '.join(command)}"
