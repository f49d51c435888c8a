"""The line above the keys: a sentence while something is wrong, hidden while nothing is."""

from __future__ import annotations

from textual.widgets import Static

from clearq_tui.safe_text import one_line
from clearq_tui.ui.controller_state import ControllerPhase, ControllerState


class StatusLine(Static):
    """Says what keeps the controller from working, or the store from being read."""

    DEFAULT_CSS = """
    StatusLine { height: auto; max-height: 3; display: none; padding: 0 1; color: $text-error; }
    StatusLine.-wrong { display: block; }
    """

    def __init__(self) -> None:
        super().__init__("", markup=False)
        self._controller = ""
        self._problem = ""

    def show_controller(self, state: ControllerState) -> None:
        """Show the state's sentence where there is one."""
        self._controller = "" if state.phase is ControllerPhase.RUNNING else state.sentence
        self._show()

    def show_problem(self, sentence: str) -> None:
        """Show why the store cannot be read; empty: it can."""
        if sentence != self._problem:
            self._problem = sentence
            self._show()

    def _show(self) -> None:
        said = [one_line(f"✗ {text}") for text in (self._problem, self._controller) if text]
        self.set_class(bool(said), "-wrong")
        self.update("\n".join(said))
