"""The one question before anything is destroyed: what is meant, and what it leads to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button, Input, Static

from clearq_tui.ui.dialogs.dialog import DialogScreen
from clearq_tui.ui.widgets.safe_text import safe_line

MOST_WITHOUT_COUNT: Final = 10
"""Targets; for more than these their number has to be typed."""
_SHOWN: Final = 8
"""Targets that are listed where there are too many to list."""


@dataclass(frozen=True)
class Question:
    """What the operator is asked."""

    title: str
    """`Abort 3 tasks`."""
    consequence: str
    """What happens then, in a sentence."""
    deed: str
    """What the button says: `Abort`."""
    targets: Sequence[str] = ()
    """One line for each thing that it is done to."""

    @property
    def needs_count(self) -> bool:
        """Whether the number of targets has to be typed."""
        return len(self.targets) > MOST_WITHOUT_COUNT


def listed(targets: Sequence[str]) -> list[str]:
    """The lines that the dialog lists: all targets, or the first ones and how many more."""
    if len(targets) <= MOST_WITHOUT_COUNT:
        return list(targets)
    return [*targets[:_SHOWN], f"… and {len(targets) - _SHOWN} more"]


class ConfirmDialog(DialogScreen[bool]):
    """True when the operator wants it. Enter cancels until they move to the other button.

    `await app.push_screen_wait(ConfirmDialog(question))` in a worker, or a callback.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "confirm", "Do it", id="confirm.yes"),
        Binding("n", "cancel", "Cancel", show=False, id="confirm.no"),
        Binding("left,h", "app.focus_previous", "Left", show=False, id="confirm.left"),
        Binding("right,l", "app.focus_next", "Right", show=False, id="confirm.right"),
    ]

    def __init__(self, question: Question) -> None:
        super().__init__()
        self.question = question
        self.heading = safe_line(question.title)
        many = question.needs_count
        self.keys = "type the number, then ⏎ · esc cancel" if many else "y do it · esc cancel"

    def compose_box(self) -> Iterable[Widget]:
        """Consequence, targets, the number to type where they are many, the buttons."""
        question = self.question
        if question.targets:
            lines = [safe_line(line) for line in listed(question.targets)]
            yield Static(Content("\n".join(lines)), classes="targets")
        yield Static(Content(safe_line(question.consequence)), classes="consequence")
        if question.needs_count:
            yield Input(
                placeholder=f"Type {len(question.targets)} to go on", id="count", compact=True
            )
        with Horizontal(classes="buttons"):
            yield Button("Cancel", id="cancel", compact=True)
            yield Button(
                Content(safe_line(question.deed)),
                id="confirm",
                variant="error",
                compact=True,
                disabled=question.needs_count,
            )

    def on_mount(self) -> None:
        """Give the focus to what does no harm."""
        self.query_one("#count" if self.question.needs_count else "#cancel").focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Take no single key for an answer where the number has to be typed."""
        if action == "confirm":
            return not self.question.needs_count
        return super().check_action(action, parameters)

    @on(Input.Changed, "#count")
    def _count_typed(self) -> None:
        self.query_one("#confirm", Button).disabled = not self._count_is_right()

    @on(Input.Submitted, "#count")
    def _count_submitted(self) -> None:
        if self._count_is_right():
            self.dismiss(True)

    @on(Button.Pressed, "#confirm")
    def action_confirm(self) -> None:
        """Answer yes."""
        self.dismiss(True)

    @on(Button.Pressed, "#cancel")
    def _cancel_pressed(self) -> None:
        self.dismiss(None)

    def _count_is_right(self) -> bool:
        typed = self.query_one("#count", Input).value.strip()
        return typed == str(len(self.question.targets))
