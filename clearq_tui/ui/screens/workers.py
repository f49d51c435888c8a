"""The Workers view: every worker on one line, charts above, a preview below or beside."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.events import Resize
from textual.widget import Widget

from clearq_tui.model import LinkState
from clearq_tui.ui.charts import Charts
from clearq_tui.ui.chrome import ClearqScreen
from clearq_tui.ui.dialogs.sort import SortDialog, SortKey
from clearq_tui.ui.filter_bar import FilterBar
from clearq_tui.ui.preview import Preview
from clearq_tui.ui.sources.workers import WorkerLine, WorkerLines
from clearq_tui.ui.widgets.tones import Tone
from clearq_tui.ui.widgets.virtual_table import VirtualTable
from clearq_tui.ui.worker_columns import GPU_COLUMNS, WORKER_COLUMNS
from clearq_tui.ui.worker_deeds import WorkerDeeds

_ROOMY = 34
"""Lines from which on the preview leaves enough of the list."""
_EMPTY = "No workers yet.\nPress a to add a machine."


class WorkersScreen(WorkerDeeds, ClearqScreen):
    """See the module's docstring."""

    view_name: ClassVar[str] = "workers"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "add_machine", "Add machine", id="workers.add_machine"),
        Binding("l", "log", "Log", id="workers.log"),
        Binding("D", "drain", "Drain", id="workers.drain"),
        Binding("y", "host_key", "Host key", id="workers.host_key"),
        Binding("r", "reconnect", "Reconnect", id="workers.reconnect"),
        Binding("delete", "remove", "Remove", show=False, id="workers.remove"),
        Binding("e", "new_task", "New task", id="workers.new_task"),
        Binding("p", "preview", "Preview", id="workers.preview"),
        Binding("t", "charts", "Charts: one/all", show=False, id="workers.charts"),
        Binding("slash", "filter", "Filter", key_display="/", show=False, id="workers.filter"),
        Binding("o", "sort", "Sort", show=False, id="workers.sort"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._charts_of_one = False
        self._preview_wanted: bool | None = None

    def compose_body(self) -> Iterable[Widget]:
        """Charts, the list, the preview."""
        self._lines = WorkerLines(self.cluster)
        with Container(id="workers-main"):
            yield Charts()
            yield FilterBar(hint="name, machine, task, queue or state")
            yield VirtualTable(
                self._lines,
                WORKER_COLUMNS,
                empty=_EMPTY,
                row_tone=lambda line: Tone.DIM if line.is_dim else None,
                id="workers",
            )
        yield Preview()

    @property
    def table(self) -> VirtualTable[WorkerLine]:
        """The list."""
        return self.query_one("#workers", VirtualTable)

    def on_mount(self) -> None:
        """Redraw once a second what is live."""
        super().on_mount()
        self.set_interval(1.0, self._tick)

    def on_resize(self, event: Resize) -> None:
        """The preview is there where there is room, unless the operator said otherwise."""
        super().on_resize(event)
        roomy = event.size.height >= _ROOMY
        self._show_preview(roomy if self._preview_wanted is None else self._preview_wanted)
        self.call_after_refresh(self._draw_live)

    def refresh_view(self) -> None:
        """The store changed."""
        self._lines.reload()
        self.table.refresh_rows()
        self._draw_live()

    def _tick(self) -> None:
        if self.is_current:
            self.guarded(self._show_live)

    def _show_live(self) -> None:
        self._lines.resort()
        self.table.refresh_rows()
        self._draw_live()

    def _draw_live(self) -> None:
        histories = self.cluster.histories
        has_gpus = any(history.readings.gpus for history in histories.values())
        hidden = frozenset() if has_gpus else GPU_COLUMNS
        if self.table.hidden_columns != hidden:
            self.table.hidden_columns = hidden
        self._draw_charts()
        self._draw_preview()

    def _draw_charts(self) -> None:
        cluster, line = self.cluster, self.selected
        if self._charts_of_one and line is not None:
            history = cluster.histories.get(line.row.worker.machine)
            stale = "" if line.stale_for is None else f"stale {line.stale_for}s"
            shown = [] if history is None else [history]
            self.query_one(Charts).show(line.row.machine_name, shown, cluster.now(), stale)
        else:
            known = [one for one in cluster.histories.values() if one.latest is not None]
            fresh = [one for one in known if not one.is_stale(cluster.monotonic())]
            subject = "all machines" if len(fresh) != 1 else "1 machine"
            stale = "no samples" if known and not fresh else ""
            self.query_one(Charts).show(subject, fresh or known, cluster.now(), stale)

    def _draw_preview(self) -> None:
        preview = self.query_one(Preview)
        if preview.display:
            preview.show(self.selected)

    @property
    def selected(self) -> WorkerLine | None:
        """The worker under the cursor as it is now."""
        key = self.table.cursor_key
        return self._lines.line(key) if isinstance(key, int) else None

    @property
    def targets(self) -> list[WorkerLine]:
        """The marked workers, else the one under the cursor."""
        lines = (self._lines.line(key) for key in self.table.targets() if isinstance(key, int))
        return [line for line in lines if line is not None]

    @on(FilterBar.Changed)
    def _filtered(self, event: FilterBar.Changed) -> None:
        self._lines.filter(event.text)
        self.table.set_empty(f"No worker matches {event.text}." if event.text else _EMPTY)
        self.table.refresh_rows()
        self.query_one(FilterBar).tell(f"{self._lines.count()} workers")

    @on(FilterBar.Left)
    def _filter_left(self) -> None:
        self.table.focus()

    @on(VirtualTable.RowHighlighted)
    def _moved(self) -> None:
        self._draw_charts()
        self._draw_preview()
        self.refresh_bindings()

    @on(VirtualTable.RowSelected)
    def _entered(self) -> None:
        line = self.selected
        if line is not None and line.row.tasks:
            self.open_task(line, "summary")
        else:
            self.action_preview()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what can be done with the worker under the cursor."""
        line = self.selected if self.is_mounted and action in _ABOUT_ONE else None
        match action:
            case "host_key":
                return line is not None and line.row.link is LinkState.HOST_KEY
            case "reconnect":
                return line is not None and line.row.link in _CAN_RETRY
            case "log":
                return line is not None and bool(line.row.tasks)
            case _:
                return super().check_action(action, parameters)

    def action_log(self) -> None:
        """Show the log of the worker's task."""
        if (line := self.selected) is not None:
            self.open_task(line, "log")

    def action_preview(self) -> None:
        """Show or hide the preview."""
        self._preview_wanted = not self.query_one(Preview).display
        self._show_preview(self._preview_wanted)
        self.call_after_refresh(self._draw_live)

    def action_charts(self) -> None:
        """Draw the charts of the machine under the cursor, or of all."""
        self._charts_of_one = not self._charts_of_one
        self._draw_charts()

    def action_filter(self) -> None:
        """Narrow the list as one types."""
        self.query_one(FilterBar).open()

    def action_sort(self) -> None:
        """Choose a column to sort by."""

        def sorted_by(key: SortKey | None) -> None:
            if key is not None:
                self.table.sort_by(key.sort)

        self.app.push_screen(SortDialog.of(self.table, "By name"), sorted_by)

    def _show_preview(self, shown: bool) -> None:
        self.query_one(Preview).display = shown


_ABOUT_ONE = frozenset({"host_key", "reconnect", "log"})
_CAN_RETRY = frozenset({LinkState.OFFLINE, LinkState.FAILED})
