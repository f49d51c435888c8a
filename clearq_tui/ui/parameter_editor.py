"""The part of a form that lists the parameters found, and changes their values."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, Label

from clearq_tui.model import Refused
from clearq_tui.parameters import Found, check_value
from clearq_tui.ui.filter_bar import FilterBar
from clearq_tui.ui.parameter_rows import (
    FORM_COLUMNS,
    ParameterRow,
    in_full,
    matching_rows,
    new_parameter_rows,
    parameter_rows,
    told,
)
from clearq_tui.ui.still_there import is_there
from clearq_tui.ui.widgets.safe_text import safe_line
from clearq_tui.ui.widgets.virtual_table import VirtualTable

_LEAST: Final = 4
_MOST: Final = 16
"""Lines of the list, with its titles."""
_DELAY: Final = 0.25
"""Seconds without a key before it is looked for parameters."""
_OTHER_LINES: Final = 3
"""Of the editor: a blank one, what is found, what the row under the cursor is."""
_KEYS: Final = "⏎ change · ⌫ original · / filter"


class ValueLine(Horizontal):
    """Where one value is typed; shown while it is."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "give_up", "Leave the value", show=False, id="parameters.give_up"),
    ]

    def compose(self) -> ComposeResult:
        """Whose value, and the value."""
        yield Label("", id="value-of", markup=False)
        yield Input(compact=True, select_on_focus=True, id="value")

    def action_give_up(self) -> None:
        """Leave the value as it was."""
        self.query_ancestor(ParameterEditor).end_edit()


class ParameterEditor(Vertical):
    """Hidden while there is nothing to set. `overrides` is what the operator changed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "Filter the parameters", key_display="/", show=False,
                id="parameters.filter"),
        Binding("backspace,delete", "reset", "Back to the original", show=False,
                id="parameters.reset"),
    ]  # fmt: skip
    DEFAULT_CSS = """
    ParameterEditor { height: auto; display: none; margin-top: 1; }
    ParameterEditor.-some { display: block; }
    ParameterEditor > #about-parameters { height: 1; }
    ParameterEditor #parameters-told { width: 1fr; }
    ParameterEditor #parameters-keys { width: auto; color: $text-muted; }
    ParameterEditor.-problem #parameters-told { color: $text-error; }
    ParameterEditor.-problem #parameters-keys { display: none; }
    ParameterEditor > #parameter-about { height: 1; margin-left: 2; color: $text-muted; }
    ParameterEditor.-editing > #parameter-about { display: none; }
    ParameterEditor > #parameters { height: 6; }
    ParameterEditor > ValueLine { height: 1; display: none; background: $panel; }
    ParameterEditor.-editing > ValueLine { display: block; }
    ParameterEditor #value-of { width: auto; max-width: 50%; color: $text-accent; }
    ParameterEditor #value { width: 1fr; margin: 0; }
    """

    def __init__(self, overrides: Mapping[str, str]) -> None:
        super().__init__()
        self.overrides = dict(overrides)
        self._found = Found()
        self._rows = new_parameter_rows()
        self._all: list[ParameterRow] = []
        self._edited: ParameterRow | None = None

    def compose(self) -> ComposeResult:
        """How many, the list, and the lines that are only there while one types in them."""
        with Horizontal(id="about-parameters"):
            yield Label("", id="parameters-told", markup=False)
            yield Label(_KEYS, id="parameters-keys", markup=False)
        yield VirtualTable(self._rows, FORM_COLUMNS, empty="", id="parameters")
        yield Label("", id="parameter-about", markup=False)
        yield ValueLine()
        yield FilterBar(hint="words of a name or its help; * the changed ones")

    @work(exclusive=True, group="parameters")
    async def look(self, find: Callable[[], Found]) -> None:
        """Show what `find` finds, once nothing has been typed for a moment."""
        await asyncio.sleep(_DELAY)
        self.show(await asyncio.to_thread(find))

    def show(self, found: Found) -> None:
        """Show what was found now; values that were changed stay changed."""
        self._found = found
        if is_there(self):
            self._refresh()

    @property
    def table(self) -> VirtualTable[ParameterRow]:
        """The list."""
        return self.query_one("#parameters", VirtualTable)

    def action_filter(self) -> None:
        """Type a filter."""
        self.query_one(FilterBar).open()

    def action_reset(self) -> None:
        """Give the override under the cursor up."""
        row = self.table.cursor_row
        if row is not None and self.overrides.pop(row.target, None) is not None:
            self._refresh()

    @on(VirtualTable.RowHighlighted, "#parameters")
    def _say_about(self) -> None:
        row = self.table.cursor_row
        text = safe_line(in_full(row)) if row else ""
        self.query_one("#parameter-about", Label).update(text)

    def end_edit(self) -> None:
        """Go back to the list."""
        self._edited = None
        self.remove_class("-editing", "-problem")
        self._tell()
        self.table.focus()

    @on(VirtualTable.RowSelected, "#parameters")
    def _edit(self, event: VirtualTable.RowSelected) -> None:
        event.stop()
        self._edited = self.table.cursor_row
        if self._edited is None:
            return
        self.query_one("#value-of", Label).update(f"{safe_line(self._edited.target)} = ")
        box = self.query_one("#value", Input)
        box.value = self._edited.present
        self.add_class("-editing")
        box.focus()

    @on(Input.Changed, "#value")
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self.remove_class("-problem")
        self._tell()

    @on(Input.Submitted, "#value")
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        row = self._edited
        if row is None:
            return
        try:
            check_value(row.parameter, event.value)
        except Refused as error:
            self.add_class("-problem")
            self.query_one("#parameters-told", Label).update(safe_line(str(error)))
            return
        if event.value == row.parameter.value:
            self.overrides.pop(row.target, None)
        else:
            self.overrides[row.target] = event.value
        self.end_edit()
        self._refresh()

    @on(FilterBar.Changed)
    def _filtered(self, event: FilterBar.Changed) -> None:
        event.stop()
        self._refresh()

    @on(FilterBar.Left)
    def _filter_left(self, event: FilterBar.Left) -> None:
        event.stop()
        self.table.focus()

    def fit(self) -> None:
        """Take as many lines as the form leaves room for; called when the screen's size changes."""
        box = self.parent
        if not isinstance(box, Vertical) or not self._all:
            return
        others = sum(one.outer_size.height for one in box.children if one is not self)
        room = self.screen.size.height - others - box.gutter.height - _OTHER_LINES
        self.table.styles.height = max(_LEAST, min(_MOST, room, len(self._all) + 1))

    def _refresh(self) -> None:
        self._all = parameter_rows(self._found, self.overrides)
        typed = self.query_one(FilterBar).text
        shown = matching_rows(self._all, typed)
        self.table.set_empty("No parameter is like this." if typed else "")
        self._rows.replace(shown)
        # Nothing has an original where nothing is changed: the room is for what they are about.
        self.table.hidden_columns = frozenset() if self.overrides else frozenset({"original"})
        self.table.refresh_rows()
        self._say_about()
        self.fit()
        self.set_class(bool(self._all), "-some")
        self._tell()

    def _tell(self) -> None:
        text = Content.assemble(("Parameters", "bold"), f"  {told(self._all)}")
        self.query_one("#parameters-told", Label).update(text)
