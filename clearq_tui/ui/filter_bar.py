"""The line behind `/`: filters a list as one types.

`open()` shows it; enter goes back to the list and keeps the filter; `escape` ends it. Where it is
empty, up brings the last filter back.
"""

from __future__ import annotations

from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input, Label

DELAY: Final = 0.05
"""Seconds without a key before the list is read: typing is never held up by it."""


class FilterBar(Horizontal):
    """See the module's docstring."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "end", "End the filter", show=False, id="filter.end"),
        Binding("up", "recall", "The last filter", show=False, id="filter.recall"),
    ]
    DEFAULT_CSS = """
    FilterBar { height: 1; display: none; background: $panel; padding: 0 1; }
    FilterBar.-open, FilterBar.-filtered { display: block; }
    FilterBar > #slash { width: 2; color: $text-accent; text-style: bold; }
    FilterBar > Input { width: 1fr; background: $panel; }
    FilterBar > #told { width: auto; color: $text-muted; }
    FilterBar.-problem > #told { color: $text-error; }
    """

    class Changed(Message):
        """Another filter; empty text is none."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Left(Message):
        """The keys should go back to the list."""

    def __init__(self, *, hint: str) -> None:
        super().__init__()
        self._hint = hint
        self._timer: Timer | None = None
        self._sent = self._last = ""

    def compose(self) -> ComposeResult:
        """The slash, what is typed, what became of it."""
        yield Label("/", id="slash")
        yield Input(placeholder=self._hint, compact=True, select_on_focus=False)
        yield Label("", id="told", markup=False)

    @property
    def text(self) -> str:
        """The filter that is on."""
        return self._sent

    def open(self) -> None:
        """Show the line and take the keys."""
        self.add_class("-open")
        self.query_one(Input).focus()

    def tell(self, text: str, *, problem: bool = False) -> None:
        """Say at the right edge how much was found, or what is wrong."""
        self.query_one("#told", Label).update(text)
        self.set_class(problem, "-problem")

    def end(self) -> None:
        """Take the filter away and hide the line."""
        self.query_one(Input).value = ""
        self._send()
        self._close()

    def toggle(self, text: str) -> None:
        """Filter by this, or end the filter where it is this already."""
        box = self.query_one(Input)
        box.value = "" if self._sent == text else text
        self._send()

    def action_end(self) -> None:
        """Take the filter away."""
        self.end()

    def action_recall(self) -> None:
        """Bring the last filter back."""
        box = self.query_one(Input)
        if not box.value:
            box.value = self._last
            box.cursor_position = len(box.value)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(DELAY, self._send)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._send()
        self._close()

    def _send(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        text = self.query_one(Input).value.strip()
        if text == self._sent:
            return
        self._sent = text
        self._last = text or self._last
        self.set_class(bool(text), "-filtered")
        self.post_message(self.Changed(text))

    def _close(self) -> None:
        self.remove_class("-open")
        self.post_message(self.Left())
