"""Windows of the list of tasks: any filter, any order, any depth, a few milliseconds each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clearq_tui.model import Task
from clearq_tui.store.store import Row, Store
from clearq_tui.store.task_queries import TaskFilter, TaskSort, count, ids, position
from clearq_tui.store.task_rows import TASK_COLUMNS, task_from

__all__ = ["TaskFilter", "TaskRow", "TaskSort", "count", "ids", "page", "position", "rows_of"]


@dataclass(frozen=True)
class TaskRow:
    """All that a line of the list of tasks shows."""

    task: Task
    queue_name: str | None
    worker_name: str | None
    machine_name: str | None
    started_at: float | None
    ended_at: float | None

    @property
    def exit_code(self) -> int | None:
        """The exit code of the latest attempt."""
        return self.task.exit_code


def page(
    store: Store,
    chosen: TaskFilter,
    sort: TaskSort = TaskSort.ID,
    descending: bool = False,
    offset: int = 0,
    limit: int = 50,
) -> list[TaskRow]:
    """`limit` rows of the list from `offset` on."""
    with store.reading():
        wanted = ids(store, chosen, sort, descending, offset, limit)
        return rows_of(store, wanted)


def rows_of(store: Store, wanted: Sequence[int]) -> list[TaskRow]:
    """The rows of these ids, in their order, without those that do not exist."""
    found = {row[0]: _task_row(row) for row in _lookup(store, wanted)}
    return [found[task] for task in wanted if task in found]


def _lookup(store: Store, wanted: Sequence[int]) -> list[Row]:
    if not wanted:
        return []
    marks = ",".join("?" * len(wanted))
    return store.rows(
        f"SELECT {', '.join(TASK_COLUMNS)}, q.name, w.name, m.name, t.started_at, t.ended_at "
        "FROM tasks t JOIN task_specs s ON s.task = t.id LEFT JOIN queues q ON q.id = t.queue "
        "LEFT JOIN workers w ON w.id = t.worker LEFT JOIN machines m ON m.id = t.machine "
        f"WHERE t.id IN ({marks})",
        wanted,
    )


def _task_row(row: Row) -> TaskRow:
    return TaskRow(task_from(row), *row[len(TASK_COLUMNS) :])
