"""The tasks of one queue, in its order: those that wait, and those that are being run."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

from clearq_tui.model import ACTIVE, TaskState
from clearq_tui.store import Store, tasks
from clearq_tui.store.tasks import TaskFilter, TaskRow, TaskSort
from clearq_tui.ui.sources.task_list import TaskList

_SHOWN = ACTIVE | {TaskState.QUEUED}


class QueueTasks(TaskList):
    """Also knows at which place each row that was read waits; only in the queue's own order."""

    def __init__(self, store: Store, queue: int, *, now: Callable[[], float]) -> None:
        chosen = TaskFilter(states=_SHOWN, queue=queue)
        super().__init__(store, chosen, now=now, own=TaskSort.QUEUE)
        self._waiting = TaskFilter(states=frozenset({TaskState.QUEUED}), queue=queue)
        self._places: dict[int, int] = {}

    def place(self, row: TaskRow) -> str:
        """Where it waits, 1 being the top; empty for a task that does not wait."""
        place = self._places.get(row.task.id)
        return "" if place is None else f"{place:,}"

    def window(
        self, offset: int, limit: int, sort: str | None, descending: bool
    ) -> Sequence[TaskRow]:
        """Rows from the store, their places counted on the way."""
        rows = super().window(offset, limit, sort, descending)
        self._places = {}
        waiting = [row.task.id for row in rows if row.task.state is TaskState.QUEUED]
        if sort is None and not descending and waiting:
            before = tasks.position(
                self._store, self._waiting, waiting[0], TaskSort.QUEUE, descending=False
            )
            first = 1 + (before or 0)
            self._places = {task: first + number for number, task in enumerate(waiting)}
        return rows

    def version(self, row: TaskRow) -> Hashable:
        """All that a cell shows, the place included."""
        return super().version(row), self._places.get(row.task.id)
