"""The columns of lists of tasks."""

from __future__ import annotations

from collections.abc import Callable

from clearq_tui.store.tasks import TaskRow, TaskSort
from clearq_tui.ui import task_cells
from clearq_tui.ui.task_looks import TASK_LOOKS
from clearq_tui.ui.widgets.table_column import Column

TaskColumn = Column[TaskRow]


def _id(priority: int = 1) -> TaskColumn:
    return Column(
        key="id", title="ID", render=lambda row: f"#{row.task.id}", least=6, ideal=7,
        align="right", sort=TaskSort.ID, descending_first=True, priority=priority,
    )  # fmt: skip


def _name(ideal: int) -> TaskColumn:
    return Column(
        key="name", title="NAME", render=lambda row: row.task.name, least=12, ideal=ideal,
        grows=True, sort=TaskSort.NAME,
    )  # fmt: skip


def _state() -> TaskColumn:
    return Column(
        key="state", title="STATE", render=lambda row: TASK_LOOKS[row.task.state].text,
        least=11, ideal=11, sort=TaskSort.STATE,
    )  # fmt: skip


def _worker(priority: int) -> TaskColumn:
    return Column(
        key="worker", title="WORKER", render=lambda row: row.worker_name or "",
        least=8, ideal=14, priority=priority, sort=TaskSort.WORKER,
    )  # fmt: skip


def _ran(now: Callable[[], float], priority: int) -> TaskColumn:
    return Column(
        key="ran", title="RAN", render=lambda row: task_cells.ran(row, now()), least=5, ideal=6,
        align="right", sort=TaskSort.DURATION, descending_first=True, priority=priority,
    )  # fmt: skip


def _since(now: Callable[[], float], priority: int) -> TaskColumn:
    return Column(
        key="since", title="SINCE", render=lambda row: task_cells.since(row, now()), least=5,
        ideal=6, align="right", sort=TaskSort.CHANGED, descending_first=True, priority=priority,
    )  # fmt: skip


def _exit(priority: int) -> TaskColumn:
    return Column(
        key="exit", title="EXIT", render=task_cells.exit_code, least=4, ideal=4, align="right",
        priority=priority,
    )  # fmt: skip


def _attempt(priority: int) -> TaskColumn:
    return Column(
        key="try", title="TRY", render=task_cells.attempt, least=3, ideal=3, align="right",
        priority=priority,
    )  # fmt: skip


def _detail(priority: int) -> TaskColumn:
    return Column(
        key="detail", title="COMMAND, OR WHY", render=task_cells.detail, least=28, ideal=40,
        priority=priority, grows=True,
    )  # fmt: skip


def history_columns(now: Callable[[], float]) -> list[TaskColumn]:
    """For the list of all tasks; `now` gives seconds since the epoch."""
    return [
        _id(),
        _name(24),
        _state(),
        Column(
            key="queue", title="QUEUE", render=lambda row: row.queue_name or "", least=7,
            ideal=10, priority=3, sort=TaskSort.QUEUE,
        ),
        _worker(2),
        _ran(now, 2),
        _exit(4),
        _since(now, 3),
        _attempt(5),
        _detail(6),
    ]  # fmt: skip


def queue_columns(now: Callable[[], float], place: Callable[[TaskRow], str]) -> list[TaskColumn]:
    """For the tasks of one queue; `place` gives where in the queue a row waits."""
    return [
        Column(key="place", title="PLACE", render=place, least=5, ideal=5, align="right"),
        _id(),
        _name(22),
        _state(),
        _worker(3),
        _since(now, 2),
        _attempt(4),
        _detail(6),
    ]
