"""The line above the keys: a sentence while something is wrong, hidden while nothing is."""

from __future__ import annotations

from textual.widgets import Static

from clearq_tui.safe_text import one_line
from clearq_tui.ui.controller_state import ControllerPhase, ControllerState


class StatusLine(Static):
    """Says what keeps the controller from working."""

    DEFAULT_CSS = """
    StatusLine { height: auto; max-height: 3; display: none; padding: 0 1; color: $text-error; }
    StatusLine.-wrong { display: block; }
    """

    def __init__(self) -> None:
        super().__init__("", markup=False)

    def show_controller(self, state: ControllerState) -> None:
        """Show the state's sentence where there is one."""
        wrong = state.phase is not ControllerPhase.RUNNING and bool(state.sentence)
        self.set_class(wrong, "-wrong")
        self.update(one_line(f"✗ {state.sentence}") if wrong else "")
