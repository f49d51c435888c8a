"""The keys of a log; the ids let a keymap change them and the help list them."""

from __future__ import annotations

from typing import Final

from textual.binding import Binding, BindingType

LOG_VIEW_BINDINGS: Final[list[BindingType]] = [
    Binding("down,j", "move(1)", "Down", show=False, id="log.down"),
    Binding("up,k", "move(-1)", "Up", show=False, id="log.up"),
    Binding("left,h", "sideways(-1)", "Left", show=False, id="log.left"),
    Binding("right,l", "sideways(1)", "Right", show=False, id="log.right"),
    Binding("g,home", "top", "First line", show=False, id="log.top"),
    Binding("G,end", "bottom", "Last line", show=False, id="log.bottom"),
    Binding("ctrl+d", "page(1)", "Half a page down", show=False, id="log.half_down"),
    Binding("ctrl+u", "page(-1)", "Half a page up", show=False, id="log.half_up"),
    Binding("pagedown", "page(2)", "Page down", show=False, id="log.page_down"),
    Binding("pageup", "page(-2)", "Page up", show=False, id="log.page_up"),
]
"""What moves the lines."""

LOG_BINDINGS: Final[list[BindingType]] = [
    Binding("f", "follow", "Follow", id="log.follow"),
    Binding("w", "wrap", "Wrap", id="log.wrap"),
    Binding("slash", "search", "Search", id="log.search"),
    Binding("n", "next(1)", "Next match", show=False, id="log.next"),
    Binding("N", "next(-1)", "Previous match", show=False, id="log.previous"),
    Binding("escape", "end_search", "End the search", show=False, id="log.end_search"),
]
"""What the log with its search and status lines adds."""
