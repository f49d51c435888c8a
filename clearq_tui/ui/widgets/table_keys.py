"""The keys of a virtual table; the ids let a keymap change them and the help list them."""

from __future__ import annotations

from typing import Final

from textual.binding import Binding, BindingType

TABLE_BINDINGS: Final[list[BindingType]] = [
    Binding("down,j", "move(1)", "Down", show=False, id="table.down"),
    Binding("up,k", "move(-1)", "Up", show=False, id="table.up"),
    Binding("left,h", "sideways(-1)", "Left", show=False, id="table.left"),
    Binding("right,l", "sideways(1)", "Right", show=False, id="table.right"),
    Binding("g,home", "top", "First row", show=False, id="table.top"),
    Binding("G,end", "bottom", "Last row", show=False, id="table.bottom"),
    Binding("ctrl+d", "page(1)", "Half a page down", show=False, id="table.half_down"),
    Binding("ctrl+u", "page(-1)", "Half a page up", show=False, id="table.half_up"),
    Binding("pagedown", "page(2)", "Page down", show=False, id="table.page_down"),
    Binding("pageup", "page(-2)", "Page up", show=False, id="table.page_up"),
    Binding("enter", "select", "Open", show=False, id="table.open"),
    Binding("space", "mark", "Mark", show=False, id="table.mark"),
    Binding("v", "range", "Mark a range", show=False, id="table.range"),
    Binding("escape", "end_range", "Give the range up", show=False, id="table.end_range"),
    Binding("ctrl+a", "mark_all", "Mark all", show=False, id="table.mark_all"),
    Binding("ctrl+backslash", "unmark_all", "Unmark all", show=False, id="table.unmark_all"),
    Binding("w", "wide", "Wide", show=False, id="table.wide"),
]
