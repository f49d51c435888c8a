"""The Tasks view: every task there is or was, filtered as one types."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import on, work
from textual.binding import Binding, BindingType
from textual.widget import Widget

from clearq_tui.model import ACTIVE
from clearq_tui.operations.bulk import BulkReport
from clearq_tui.store import machines, queues, tasks, workers
from clearq_tui.store.tasks import TaskFilter, TaskRow
from clearq_tui.ui.dialogs.sort import SortDialog
from clearq_tui.ui.filter_bar import FilterBar
from clearq_tui.ui.screens.task_commands import TaskCommands
from clearq_tui.ui.sources.task_list import TaskList
from clearq_tui.ui.task_cells import row_tone
from clearq_tui.ui.task_columns import history_columns
from clearq_tui.ui.task_filter import Names, Typed, parse
from clearq_tui.ui.widgets.virtual_table import VirtualTable

_NO_TASKS = "No tasks yet.\nPress e to enqueue one."
_NO_MATCH = "No task is like this.\nPress escape to see them all."


class TasksScreen(TaskCommands):
    """See the module's docstring."""

    view_name: ClassVar[str] = "tasks"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "Filter", key_display="/", id="tasks.filter"),
        Binding("o", "sort", "Sort", id="tasks.sort"),
        Binding("F", "only_failed", "Failed only", show=False, id="tasks.only_failed"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._typed = Typed(TaskFilter())
        self._ticks = 0

    def compose_body(self) -> Iterable[Widget]:
        """The list, and the filter while it is open or on."""
        now = self.cluster.now
        self._list = TaskList(self.cluster.store, TaskFilter(), now=now, own_descending=True)
        yield VirtualTable(
            self._list, history_columns(now), empty=_NO_TASKS, row_tone=row_tone, id="tasks"
        )
        yield FilterBar(hint="words, state:failed, queue:train, worker:gpu-a01, machine:gpu-a01")

    def on_mount(self) -> None:
        """Let running times go on."""
        self.set_interval(1.0, self._tick)

    @property
    def table(self) -> VirtualTable[TaskRow]:
        """The list."""
        return self.query_one("#tasks", VirtualTable)

    def refresh_view(self) -> None:
        """Show what is in the store now."""
        self._parse(self.query_one(FilterBar).text)
        self.table.refresh_rows()
        self._tell()

    def task_targets(self) -> list[int]:
        """The marked tasks, else the one under the cursor."""
        return [int(key) for key in self.table.targets()]

    def task_done(self, report: BulkReport) -> None:
        """Take the marks of what is done away."""
        self.table.unmark(report.done)

    def action_filter(self) -> None:
        """Type a filter."""
        self.query_one(FilterBar).open()

    def action_only_failed(self) -> None:
        """Show the failed tasks, or all again."""
        self.query_one(FilterBar).toggle("state:failed,lost")

    def action_back(self) -> None:
        """End the filter where one is on."""
        bar = self.query_one(FilterBar)
        if bar.text:
            bar.end()
        else:
            super().action_back()

    @work
    async def action_sort(self) -> None:
        """Sort by a column's letter."""
        chosen = await self.app.push_screen_wait(SortDialog.of(self.table, "Newest first"))
        if chosen is not None:
            self.table.sort_by(chosen.sort)

    @on(VirtualTable.RowSelected, "#tasks")
    def _open(self) -> None:
        from clearq_tui.ui.screens.task import TaskScreen

        if self.table.cursor_key is not None:
            self.app.push_screen(TaskScreen(int(self.table.cursor_key)))

    @on(FilterBar.Left)
    def _filter_left(self) -> None:
        self.table.focus()

    @on(FilterBar.Changed)
    def _filter_changed(self, event: FilterBar.Changed) -> None:
        self._parse(event.text)
        self.table.set_empty(_NO_MATCH if event.text else _NO_TASKS)
        self.table.set_source(self._list)
        self._tell()

    def _parse(self, text: str) -> None:
        self._typed = parse(text, self._names() if ":" in text else Names())
        self._list.chosen = self._typed.chosen

    def _names(self) -> Names:
        store = self.cluster.store
        return Names(
            queues={queue.name: queue.id for queue in queues.all_queues(store)},
            workers={worker.name: worker.id for worker in workers.all_workers(store)},
            machines={machine.name: machine.id for machine in machines.rows(store)},
        )

    def _tell(self) -> None:
        bar = self.query_one(FilterBar)
        if self._typed.problem:
            bar.tell(self._typed.problem, problem=True)
        elif bar.text:
            bar.tell(f"{self.table.count:,} of {tasks.count(self.cluster.store, TaskFilter()):,}")
        else:
            bar.tell("")

    def _tick(self) -> None:
        """Times on the screen: each second while something runs, else now and then."""
        if self.is_current:
            counts = queues.counts(self.cluster.store)
            self._ticks += 1
            if any(counts.get(state) for state in ACTIVE) or self._ticks % 10 == 0:
                self.table.refresh_rows()
