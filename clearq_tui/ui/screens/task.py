"""One task: Summary, live log, scalars, parameters, output, history."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Final

from rich.text import Text
from textual import on
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.events import Resize
from textual.widget import Widget
from textual.widgets import TabbedContent, TabPane, Tabs

from clearq_tui.model import TaskState
from clearq_tui.store import outputs
from clearq_tui.ui import task_facts
from clearq_tui.ui.event_rows import EVENT_COLUMNS, event_rows, new_event_rows
from clearq_tui.ui.output_view import OutputView
from clearq_tui.ui.parameters_view import ParametersView
from clearq_tui.ui.scalars_view import ScalarsView
from clearq_tui.ui.screens.task_commands import TaskCommands
from clearq_tui.ui.task_details import TaskDetails, read_details
from clearq_tui.ui.tone_lines import ToneLines
from clearq_tui.ui.widgets.tones import Tone
from clearq_tui.ui.widgets.virtual_log import VirtualLog
from clearq_tui.ui.widgets.virtual_table import VirtualTable

TABS: Final = ("summary", "log", "scalars", "parameters", "output", "events")
_NO_LOG: Final = "Nothing written yet."


class TaskScreen(TaskCommands):
    """Opened above a list; `escape` goes back to it."""

    CSS_PATH = "../styles/task.tcss"
    # A widget that gets the focus brings its tab to the front: none before a tab is chosen.
    AUTO_FOCUS: ClassVar[str | None] = ""
    view_name: ClassVar[str] = "tasks"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left_square_bracket", "tab(-1)", "Previous tab", key_display="[", show=False,
                id="task_view.previous_tab"),
        Binding("right_square_bracket", "tab(1)", "Next tab", key_display="]",
                id="task_view.next_tab"),
        Binding("l", "show_tab('log')", "Log", id="task_view.log"),
        Binding("s", "show_tab('summary')", "Summary", show=False, id="task_view.summary"),
        Binding("comma", "attempt(-1)", "Earlier try", key_display=",", show=False,
                id="task_view.earlier"),
        Binding("full_stop", "attempt(1)", "Later try", key_display=".", show=False,
                id="task_view.later"),
    ]  # fmt: skip

    def __init__(self, task_id: int, tab: str = "summary") -> None:
        super().__init__()
        self.task_id = task_id
        self._first_tab = tab
        self._details: TaskDetails | None = None
        self._events = new_event_rows()
        # The attempt whose log is shown: the latest one unless the operator chose another.
        self._chosen: int | None = None
        self._logged = 0

    def compose_body(self) -> Iterable[Widget]:
        """One line that always says how the task is, then the tabs."""
        yield ToneLines(id="headline")
        with TabbedContent(initial=self._first_tab):
            with TabPane("Summary", id="summary"), VerticalScroll(can_focus=True, id="scroll"):
                yield ToneLines(id="facts")
                yield ToneLines(id="attempts")
            with TabPane("Log", id="log"):
                yield VirtualLog(empty=_NO_LOG)
            with TabPane("Scalars", id="scalars"):
                yield ScalarsView()
            with TabPane("Parameters", id="parameters"):
                yield ParametersView()
            with TabPane("Output", id="output"):
                yield OutputView()
            with TabPane("Events", id="events"):
                yield VirtualTable(self._events, EVENT_COLUMNS, empty="No history.", id="history")

    def on_mount(self) -> None:
        """Let the time go on while the task runs."""
        self.query_one(Tabs).can_focus = False
        self.set_interval(1.0, self._tick)
        self.call_after_refresh(self._focus_tab)

    @on(Resize)
    def _wrap_anew(self) -> None:
        self.call_after_refresh(self._show)

    def task_targets(self) -> list[int]:
        """The task that is open."""
        return [self.task_id] if self._details else []

    def queue_for_new(self) -> str | None:
        """The queue of this task."""
        return self._details.row.queue_name if self._details else None

    def refresh_view(self) -> None:
        """Read everything of the task again."""
        self._details = read_details(self.cluster.store, self.task_id)
        if self._details is None:
            self.set_title(f"task #{self.task_id}")
            self.query_one("#headline", ToneLines).show([Text("The task is deleted.", Tone.BAD)])
            return
        self.set_title(f"task #{self.task_id} › {self._details.task.name}")  # noqa: RUF001
        self._events.replace(event_rows(self._details))
        self.query_one("#history", VirtualTable).refresh_rows()
        self._open_log()
        self._show_results()
        self.query_one(ParametersView).show(self._details.task)
        self._show()

    def action_tab(self, step: int) -> None:
        """Go to the next tab, or the one before."""
        tabs = self.query_one(TabbedContent)
        tabs.active = TABS[(TABS.index(tabs.active) + step) % len(TABS)]

    def action_show_tab(self, tab: str) -> None:
        """Go to a tab."""
        self.query_one(TabbedContent).active = tab

    def action_open_task(self, tab: str = "summary") -> None:
        """The task is open already."""
        self.action_show_tab(tab)

    def action_attempt(self, step: int) -> None:
        """Show the log, the scalars and the output of an earlier or later attempt."""
        if self._details is None or not self._details.attempts:
            return
        latest = self._details.attempts[0].number
        chosen = max(1, min(latest, self._logged + step))
        self._chosen = None if chosen == latest else chosen
        self._open_log()
        self._show_results()
        if self.query_one(TabbedContent).active not in ("scalars", "output"):
            self.action_show_tab("log")

    @on(TabbedContent.TabActivated)
    def _focus_tab(self) -> None:
        places = {
            "summary": "#scroll", "log": "LogView", "scalars": "ScalarsView",
            "parameters": "#task-parameters", "output": "#outputs", "events": "#history",
        }  # fmt: skip
        active = self.query_one(TabbedContent).active
        self.query_one(places[active]).focus()
        scalars = self.query_one(ScalarsView)
        if active == "scalars":
            scalars.open()
        else:
            scalars.close()
        if active == "parameters":
            self.query_one(ParametersView).open()
        if active == "output":
            self.query_one(OutputView).open()

    def _show(self) -> None:
        if self._details is None:
            return
        now, width = self.cluster.now(), max(20, self.size.width - 4)
        lines = task_facts.hung(task_facts.facts(self._details, now), width, self._wrap)
        self.query_one("#headline", ToneLines).show([task_facts.headline(self._details, now)])
        self.query_one("#facts", ToneLines).show(lines)
        tries = task_facts.attempt_lines(self._details, now, width, self._wrap)
        self.query_one("#attempts", ToneLines).show(tries)

    def _wrap(self, text: Text, width: int) -> list[Text]:
        return list(text.wrap(self.app.console, width))

    def _open_log(self) -> None:
        if self._details is None or not self._details.attempts:
            return
        latest = self._details.attempts[0].number
        wanted = self._chosen or latest
        if wanted != self._logged:
            self._logged = wanted
            path = self.cluster.home.attempt_log(self.task_id, wanted)
            self.query_one(VirtualLog).open(path)
        label = "Log" if latest == 1 else f"Log of try {wanted}/{latest}"
        self.query_one(TabbedContent).get_tab("log").label = label

    def _show_results(self) -> None:
        """Scalars and output of the attempt whose log is shown."""
        if self._details is None:
            return
        self.query_one(ScalarsView).show(self._details.task, self._logged)
        self.query_one(OutputView).show(self.task_id, self._logged)
        files = outputs.totals(self.cluster.store, self.task_id, self._logged).files
        self.query_one(TabbedContent).get_tab("output").label = (
            f"Output {files}" if files else "Output"
        )

    def _tick(self) -> None:
        if self.is_current and self._details and self._details.task.state is TaskState.RUNNING:
            self._show()
