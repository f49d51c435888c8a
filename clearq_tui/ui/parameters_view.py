"""The parameters of a task that is there: what it runs with, and what was overridden."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar, Final, cast

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Label

from clearq_tui.model import Task
from clearq_tui.parameters import Found
from clearq_tui.ui.filter_bar import FilterBar
from clearq_tui.ui.parameter_rows import (
    VIEW_COLUMNS,
    ParameterRow,
    in_full,
    matching_rows,
    new_parameter_rows,
    parameter_rows,
    told,
)
from clearq_tui.ui.parameter_search import search
from clearq_tui.ui.still_there import is_there
from clearq_tui.ui.widgets.safe_text import safe_line
from clearq_tui.ui.widgets.virtual_table import VirtualTable

if TYPE_CHECKING:
    from clearq_tui.ui.app import ClearqApp

_LOOKING: Final = "Looking into its code …"
_NONE: Final = "No parameters were found in its command, code or environment."
_NO_MATCH: Final = "No parameter is like this."


class ParametersView(Vertical):
    """`show` says which task, `open` looks for its parameters: only who opens it pays for it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "Filter", key_display="/", id="parameters.filter"),
    ]
    DEFAULT_CSS = """
    ParametersView > VirtualTable { height: 1fr; }
    ParametersView > #parameters-about { height: auto; padding: 0 2; color: $text-muted; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._rows = new_parameter_rows()
        self._all: list[ParameterRow] = []
        self._notes: tuple[str, ...] = ()
        self._wanted: Task | None = None
        self._shown: Task | None = None

    def compose(self) -> ComposeResult:
        """The list, all of the row under the cursor, the filter."""
        yield VirtualTable(self._rows, VIEW_COLUMNS, empty=_LOOKING, id="task-parameters")
        yield Label("", id="parameters-about", markup=False)
        yield FilterBar(hint="words of a name or its help; * the changed ones")

    def show(self, task: Task) -> None:
        """The task as it is now."""
        self._wanted = task
        if self._shown is not None:
            self.open()

    def open(self) -> None:
        """Look for its parameters, unless that was done for what it runs now."""
        if self._wanted is not None and not _alike(self._wanted, self._shown):
            self._shown = self._wanted
            self._look(self._wanted)

    @property
    def table(self) -> VirtualTable[ParameterRow]:
        """The list."""
        return self.query_one("#task-parameters", VirtualTable)

    def action_filter(self) -> None:
        """Type a filter."""
        self.query_one(FilterBar).open()

    @work(exclusive=True, group="parameters")
    async def _look(self, task: Task) -> None:
        home = cast("ClearqApp", self.app).cluster.home
        found = await asyncio.to_thread(search, task, None, home)
        if is_there(self):
            self._show_found(found, task)

    def _show_found(self, found: Found, task: Task) -> None:
        self._all = parameter_rows(found, task.overrides)
        self._notes = found.notes
        self._show_rows()

    def _show_rows(self) -> None:
        typed = self.query_one(FilterBar).text
        shown = matching_rows(self._all, typed)
        self._rows.replace(shown)
        self.table.hidden_columns = (
            frozenset()
            if any(row.override is not None for row in self._all)
            else frozenset({"original"})
        )
        self.table.set_empty(_NO_MATCH if typed else _NONE)
        self.table.refresh_rows()
        self.query_one(FilterBar).tell(f"{len(shown)} of {told(self._all)}" if typed else "")
        self._say_about()

    @on(VirtualTable.RowHighlighted, "#task-parameters")
    def _say_about(self) -> None:
        row = self.table.cursor_row
        said = [*self._notes, in_full(row) if row else ""]
        text = "\n".join(safe_line(line) for line in said if line)
        self.query_one("#parameters-about", Label).update(text)

    @on(FilterBar.Changed)
    def _filtered(self, event: FilterBar.Changed) -> None:
        event.stop()
        self._show_rows()

    @on(FilterBar.Left)
    def _filter_left(self, event: FilterBar.Left) -> None:
        event.stop()
        self.table.focus()


def _alike(one: Task, other: Task | None) -> bool:
    """Whether they have the same parameters."""
    return other is not None and (
        (one.command, one.environment, one.snapshot, one.overrides)
        == (other.command, other.environment, other.snapshot, other.overrides)
    )
