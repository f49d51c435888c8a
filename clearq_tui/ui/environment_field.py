"""The line of a task's form that says how its environment is set up."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Input, Label, Select

from clearq_tui.environment_plan import EnvironmentPlan

THE_WORKERS: Final = ""
_CHOICES: Final = (
    ("as its worker says", THE_WORKERS),
    ("host", "host"),
    ("venv", "venv"),
    ("conda", "conda"),
    ("docker", "docker"),
)
_HINTS: Final = {
    "venv": "Python: 3.11, or empty",
    "conda": "Python: 3.11, or empty",
    "docker": "image: ubuntu:24.04",
}


class EnvironmentField(Horizontal):
    """A mode, and behind it what the mode needs most: an image, or a version of Python."""

    def __init__(self, plan: EnvironmentPlan) -> None:
        super().__init__(classes="field", id="runs-in")
        self._before = plan

    def compose(self) -> ComposeResult:
        """Side by side."""
        plan = self._before
        yield Label("Runs in")
        yield Select(_CHOICES, value=plan.mode, allow_blank=False, id="mode", compact=True)
        detail = plan.image if plan.mode == "docker" else plan.python
        yield Input(detail, id="mode-detail", compact=True, select_on_focus=False)

    def on_mount(self) -> None:
        """Ask for nothing that the mode does not need."""
        self._show_hint()

    @property
    def plan(self) -> EnvironmentPlan:
        """What the line says, over what the plan said before."""
        detail = self.query_one(Input).value.strip()
        if self._mode == "docker":
            return replace(self._before, mode=self._mode, image=detail)
        python = detail if self._mode in _HINTS else self._before.python
        image = "" if self._mode else self._before.image
        return replace(self._before, mode=self._mode, python=python, image=image)

    @property
    def _mode(self) -> str:
        return str(self.query_one(Select).value)

    @on(Select.Changed, "#mode")
    def _show_hint(self) -> None:
        box = self.query_one(Input)
        box.display = self._mode in _HINTS
        box.placeholder = _HINTS.get(self._mode, "")
