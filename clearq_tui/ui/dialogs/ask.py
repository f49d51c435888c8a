"""Ask for one line of text, such as a name."""

from __future__ import annotations

from collections.abc import Iterable

from textual import on
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from clearq_tui.ui.dialogs.dialog import DialogScreen
from clearq_tui.ui.widgets.safe_text import safe_line


class AskDialog(DialogScreen[str]):
    """Answers with what was typed, without blanks around it; never with nothing."""

    keys = "⏎ do it · esc cancel"

    def __init__(self, title: str, question: str, *, value: str = "") -> None:
        super().__init__()
        self.heading = safe_line(title)
        self._question = question
        self._value = value

    def compose_box(self) -> Iterable[Widget]:
        """The question and the line."""
        yield Static(Content(safe_line(self._question)), classes="consequence")
        yield Input(self._value, compact=True)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        if text := event.value.strip():
            self.dismiss(text)
