"""The store's tasks as rows of a table: any filter and order, read in windows."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

from clearq_tui.store import Store, tasks
from clearq_tui.store.tasks import TaskFilter, TaskRow, TaskSort
from clearq_tui.ui import task_cells
from clearq_tui.ui.widgets.row_source import RowKey


class TaskList:
    """A `RowSource[TaskRow]` whose sorts are the names of `TaskSort`."""

    def __init__(
        self,
        store: Store,
        chosen: TaskFilter,
        *,
        now: Callable[[], float],
        own: TaskSort = TaskSort.ID,
        own_descending: bool = False,
    ) -> None:
        self.chosen = chosen
        self._store = store
        self._now = now
        self._own, self._own_descending = own, own_descending

    def count(self) -> int:
        """How many tasks the filter lets through."""
        return tasks.count(self._store, self.chosen)

    def window(
        self, offset: int, limit: int, sort: str | None, descending: bool
    ) -> Sequence[TaskRow]:
        """Rows from the store."""
        order, backwards = self._order(sort, descending)
        return tasks.page(self._store, self.chosen, order, backwards, offset, limit)

    def keys(self, offset: int, limit: int, sort: str | None, descending: bool) -> Sequence[RowKey]:
        """Ids alone."""
        order, backwards = self._order(sort, descending)
        return tasks.ids(self._store, self.chosen, order, backwards, offset, limit)

    def index_of(self, key: RowKey, sort: str | None, descending: bool) -> int | None:
        """Counted by the store, without reading the rows before."""
        order, backwards = self._order(sort, descending)
        return tasks.position(self._store, self.chosen, int(key), order, descending=backwards)

    def key(self, row: TaskRow) -> RowKey:
        """The task's id."""
        return row.task.id

    def version(self, row: TaskRow) -> Hashable:
        """All that a cell shows of it, the running times included."""
        task = row.task
        return (
            task.name,
            task.command,
            task.state,
            task.changed_at,
            task.attempt,
            task.exit_code,
            task.reason,
            row.queue_name,
            row.worker_name,
            task_cells.ran(row, self._now()),
            task_cells.since(row, self._now()),
        )

    def _order(self, sort: str | None, descending: bool) -> tuple[TaskSort, bool]:
        if sort is None:
            return self._own, self._own_descending != descending
        return TaskSort(sort), descending
