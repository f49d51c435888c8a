"""Choose one of a few things, such as a queue: arrows or the first letters, then enter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from clearq_tui.ui.dialogs.dialog import DialogScreen
from clearq_tui.ui.widgets.safe_text import safe_line


@dataclass(frozen=True)
class Choice:
    """One thing to choose."""

    value: str
    """What the dialog answers with."""
    label: str
    note: str = ""
    """Said behind the label."""


def matching(choices: Sequence[Choice], typed: str) -> list[Choice]:
    """The choices that have what was typed in their label, those beginning with it first."""
    wanted = typed.strip().casefold()
    found = [choice for choice in choices if wanted in choice.label.casefold()]
    return sorted(found, key=lambda choice: not choice.label.casefold().startswith(wanted))


class ChooseDialog(DialogScreen[str]):
    """Answers with the chosen value."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,ctrl+n", "move(1)", "Down", show=False, id="choose.down"),
        Binding("up,ctrl+p", "move(-1)", "Up", show=False, id="choose.up"),
    ]
    keys = "type to find · ⏎ choose · esc cancel"

    def __init__(self, title: str, choices: Sequence[Choice], *, chosen: str = "") -> None:
        super().__init__()
        self.heading = safe_line(title)
        self._choices = tuple(choices)
        self._chosen = chosen
        self._shown: list[Choice] = []

    def compose_box(self) -> Iterable[Widget]:
        """What is typed, and what is left of the list."""
        yield Input(placeholder="Find", compact=True)
        yield OptionList()

    def on_mount(self) -> None:
        """Show all of them, the present one under the cursor."""
        self.query_one(OptionList).can_focus = False
        self._show("")
        values = [choice.value for choice in self._shown]
        if self._chosen in values:
            self.query_one(OptionList).highlighted = values.index(self._chosen)

    def action_move(self, lines: int) -> None:
        """Move the cursor of the list while the focus stays where one types."""
        options = self.query_one(OptionList)
        if self._shown:
            options.highlighted = ((options.highlighted or 0) + lines) % len(self._shown)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._show(event.value)

    @on(Input.Submitted)
    def _submitted(self) -> None:
        highlighted = self.query_one(OptionList).highlighted
        if highlighted is not None:
            self.dismiss(self._shown[highlighted].value)

    @on(OptionList.OptionSelected)
    def _clicked(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._shown[event.option_index].value)

    def _show(self, typed: str) -> None:
        self._shown = matching(self._choices, typed)
        options = self.query_one(OptionList)
        widest = max((len(safe_line(choice.label)) for choice in self._choices), default=0)
        options.set_options([_option(choice, widest) for choice in self._shown])
        options.highlighted = 0 if self._shown else None


def _option(choice: Choice, width: int) -> Option:
    label = Content(safe_line(choice.label).ljust(width))
    return Option(label + Content.styled(f"  {safe_line(choice.note)}", "$text-muted"))
