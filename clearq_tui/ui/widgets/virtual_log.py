"""A log of any length: opens at its end at once, follows it, searches it.

::

    log = VirtualLog(path, empty="The task has not started.")
    log.open(other_path)          # another file, or None for none
    log.find("out of memory")     # as if typed behind `/`
    log.view.follow, log.view.wrap, log.view.line_count, log.view.new_lines

The file need not be there yet; it may grow, be cut short or be replaced. Its bytes are hostile
and are made harmless; colours (SGR) stay; a line that a progress bar rewrote shows its last
state; lines over 4,096 characters are cut. A million lines open in the time of ten: the tail is
shown first and the lines above it are counted behind the scenes.

Keys (ids `log.*`): arrows, `h` `j` `k` `l`, `g` `G`, `ctrl+d` `ctrl+u`, PgUp PgDn; `f` follow,
`w` wrap, `/` search, `n` `N` next and previous match, `escape` ends the search. `G` follows
again; scrolling up stops following, and the status line then counts the new lines. Keys that
would do nothing (`escape` without a search, `n` without one, sideways without width) fall through
to the screen. Case matters in a search only if it has capitals. The mouse selects text to copy.

For a preview without status and keys use `LogView` (log_view.py).
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Label

from clearq_tui.ui.widgets.log_keys import LOG_BINDINGS
from clearq_tui.ui.widgets.log_status import LogStatus
from clearq_tui.ui.widgets.log_view import LogView

__all__ = ["LogView", "VirtualLog"]


class VirtualLog(Vertical):
    """See the module's docstring."""

    BINDINGS: ClassVar[list[BindingType]] = LOG_BINDINGS
    DEFAULT_CSS = """
    VirtualLog { height: 1fr; }
    VirtualLog > Horizontal { display: none; height: 1; background: $panel; padding: 0 1; }
    VirtualLog.-searching > Horizontal { display: block; }
    VirtualLog Label { width: 1; text-style: bold; }
    VirtualLog Input { width: 1fr; background: $panel; }
    """

    def __init__(
        self,
        path: Path | None = None,
        *,
        empty: str = "No log yet.",
        name: str | None = None,
        id: str | None = None,  # noqa: A002 — Textual's own name for it
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self.view = LogView(path, empty=empty)
        """The scrolling part, with all that can be asked about the log."""
        self._status = LogStatus()
        self._input = Input(placeholder="Search the log", compact=True)

    def compose(self) -> ComposeResult:
        """The lines, the search line while it is open, the status line."""
        yield self.view
        with Horizontal():
            yield Label("/")
            yield self._input
        yield self._status

    def open(self, path: Path | None) -> None:
        """Show another file from its end on, or none."""
        self.view.open(path)

    def find(self, text: str) -> None:
        """Search for a text; an empty one ends the search."""
        self.view.find(text)

    def focus(self, scroll_visible: bool = True) -> VirtualLog:
        """Give the keys to the lines."""
        self.view.focus(scroll_visible)
        return self

    @on(LogView.Changed)
    def _say(self, event: LogView.Changed) -> None:
        event.stop()
        self._status.say_of(event.view)

    @on(Input.Submitted)
    def _find_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._close_input()
        self.find(event.value)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Let keys fall through to the screen where they would do nothing here."""
        if action == "end_search":
            return self._input_open or self.view.search is not None
        if action == "next":
            return self.view.search is not None
        return super().check_action(action, parameters)

    def action_follow(self) -> None:
        """Follow the end, or stop."""
        self.view.follow = not self.view.follow

    def action_wrap(self) -> None:
        """Wrap long lines, or scroll them sideways."""
        self.view.wrap = not self.view.wrap

    def action_search(self) -> None:
        """Open the search line with what was last searched."""
        self.add_class("-searching")
        self._input.focus()

    def action_next(self, direction: int) -> None:
        """Go to the next match down or up."""
        if direction > 0:
            self.view.find_next()
        else:
            self.view.find_previous()

    def action_end_search(self) -> None:
        """Close the search line; if it was closed, end the search."""
        if self._input_open:
            self._close_input()
        else:
            self.find("")

    @property
    def _input_open(self) -> bool:
        return self.has_class("-searching")

    def _close_input(self) -> None:
        self.remove_class("-searching")
        self.view.focus()
