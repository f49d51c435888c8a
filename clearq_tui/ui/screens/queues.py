"""The Queues view: the queues, and what waits in the one under the cursor, in its order."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Final

from rich.text import Text
from textual import on, work
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.widget import Widget

from clearq_tui.model import TaskState
from clearq_tui.operations.bulk import BulkReport
from clearq_tui.store import queues
from clearq_tui.store.queues import QueueRow
from clearq_tui.store.tasks import TaskRow
from clearq_tui.ui.dialogs.sort import SortDialog
from clearq_tui.ui.queue_columns import QUEUE_COLUMNS, new_queue_rows
from clearq_tui.ui.screens.queue_commands import QueueCommands
from clearq_tui.ui.screens.task_commands import TASK_ACTIONS
from clearq_tui.ui.sources.queue_tasks import QueueTasks
from clearq_tui.ui.task_columns import queue_columns
from clearq_tui.ui.task_details import read_details
from clearq_tui.ui.task_facts import headline
from clearq_tui.ui.tone_lines import ToneLines
from clearq_tui.ui.widgets.tones import Tone
from clearq_tui.ui.widgets.virtual_table import VirtualTable

_NO_QUEUES: Final = "No queues.\nPress A to add one."
_NO_TASKS: Final = "Nothing waits here.\nPress e to enqueue a task."
_NOWHERE: Final = -1


class QueuesScreen(QueueCommands):
    """See the module's docstring."""

    CSS_PATH = "../styles/queues.tcss"
    AUTO_FOCUS: ClassVar[str | None] = "#queues"
    view_name: ClassVar[str] = "queues"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right", "go('queue-tasks')", "To the tasks", show=False, id="queues.to_tasks"),
        Binding("left", "go('queues')", "To the queues", show=False, id="queues.to_queues"),
        Binding("o", "sort", "Sort", show=False, id="queues.sort"),
    ]

    def compose_body(self) -> Iterable[Widget]:
        """The queues, the tasks of one, and why the task under the cursor waits."""
        self._queues = new_queue_rows()
        self._tasks = QueueTasks(self.cluster.store, _NOWHERE, now=self.cluster.now)
        self._shown: int | None = None
        self._ticks = 0
        with Container(id="both"):
            yield VirtualTable(self._queues, QUEUE_COLUMNS, empty=_NO_QUEUES, id="queues")
            yield VirtualTable(
                self._tasks,
                queue_columns(self.cluster.now, self._place),
                empty=_NO_TASKS,
                id="queue-tasks",
            )
        yield ToneLines(id="waits")

    def on_mount(self) -> None:
        """Let running times go on."""
        self.set_interval(1.0, self._tick)

    @property
    def queue_table(self) -> VirtualTable[QueueRow]:
        """The list of queues."""
        return self.query_one("#queues", VirtualTable)

    @property
    def task_table(self) -> VirtualTable[TaskRow]:
        """The list of the queue's tasks."""
        return self.query_one("#queue-tasks", VirtualTable)

    def queue_row(self) -> QueueRow | None:
        """The queue under the cursor."""
        return self.queue_table.cursor_row

    def task_targets(self) -> list[int]:
        """The marked tasks, else the one under the cursor."""
        return [int(key) for key in self.task_table.targets()]

    def task_done(self, report: BulkReport) -> None:
        """Take the marks of what is done away."""
        self.task_table.unmark(report.done)

    def queue_made(self, queue: int) -> None:
        """Put the cursor on the new queue."""
        self.refresh_view()
        self.queue_table.move_to(queue)

    def refresh_view(self) -> None:
        """Show what is in the store now."""
        rows = queues.rows(self.cluster.store)
        self._queues.replace(rows)
        table = self.queue_table
        lines = min(len(rows), 6) + 1
        table.styles.height = lines if self.has_class("-narrow") else None
        table.refresh_rows()
        self._show_queue()
        self.task_table.refresh_rows()
        self._show_waits()

    def why_not_shift(self) -> str:
        """The order on the screen has to be the queue's own."""
        if self.task_table.sort is not None or self.task_table.descending:
            return "Tasks are moved in the queue's own order; press o o to return to it."
        return ""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """With the cursor among the queues, keys are about queues."""
        on_queues = self.focused is not None and self.focused.id == "queues"
        if action in TASK_ACTIONS or action == "shift":
            return not on_queues or action == "remove"
        return super().check_action(action, parameters)

    def action_go(self, table: str) -> None:
        """Give the keys to the other list."""
        self.query_one(f"#{table}").focus()

    def action_remove(self) -> None:
        """Delete the queue or the tasks, whichever list has the keys."""
        if self.focused is self.queue_table:
            self.action_remove_queue()
        else:
            super().action_remove()

    @work
    async def action_sort(self) -> None:
        """Sort the list that has the keys."""
        on_queues = self.focused is self.queue_table
        table: VirtualTable[Any] = self.queue_table if on_queues else self.task_table
        own = "" if on_queues else "Queue order"
        chosen = await self.app.push_screen_wait(SortDialog.of(table, own))
        if chosen is not None:
            table.sort_by(chosen.sort)

    @on(VirtualTable.RowSelected, "#queues")
    def _to_tasks(self) -> None:
        self.task_table.focus()

    @on(VirtualTable.RowSelected, "#queue-tasks")
    def _open(self) -> None:
        self.action_open_task()

    @on(VirtualTable.RowHighlighted, "#queues")
    def _queue_highlighted(self) -> None:
        self._show_queue()
        self._show_waits()

    @on(VirtualTable.RowHighlighted, "#queue-tasks")
    def _task_highlighted(self) -> None:
        self._show_waits()

    def _place(self, row: TaskRow) -> str:
        return self._tasks.place(row)

    def _show_queue(self) -> None:
        key = self.queue_table.cursor_key
        if key == self._shown:
            return
        self._shown = None if key is None else int(key)
        queue = _NOWHERE if self._shown is None else self._shown
        self._tasks = QueueTasks(self.cluster.store, queue, now=self.cluster.now)
        self.task_table.unmark()
        self.task_table.set_source(self._tasks)
        self.task_table.action_top()

    def _show_waits(self) -> None:
        """One line about the task under the cursor."""
        key = self.task_table.cursor_key
        details = None if key is None else read_details(self.cluster.store, int(key))
        line = Text()
        if details is not None:
            line = Text.assemble((f"#{details.task.id} ", Tone.ACCENT))
            if details.task.state is TaskState.QUEUED:
                line.append_text(Text.assemble("waits: ", (details.waits, Tone.STRONG)))
            else:
                line.append_text(headline(details, self.cluster.now()))
        self.query_one("#waits", ToneLines).show([line])

    def _tick(self) -> None:
        """Times on the screen: each second while something of the queue runs."""
        row = self.queue_row()
        self._ticks += 1
        if self.is_current and row and (row.active or self._ticks % 10 == 0):
            self.task_table.refresh_rows()
