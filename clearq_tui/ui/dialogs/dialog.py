"""What all dialogs share: a framed box above the view, `escape` to leave, one result."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar, Final, TypeVar

from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widget import Widget

Result = TypeVar("Result")

_STYLES: Final = Path(__file__).parent.parent / "styles" / "dialog_box.tcss"


class DialogScreen(ModalScreen[Result | None]):
    """A dialog dismisses itself with its result, or with None when the operator leaves it.

    A subclass gives its widgets in `compose_box`, a title and, for the lower edge, its keys.
    """

    CSS_PATH = _STYLES
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel", id="dialog.cancel"),
        Binding("ctrl+c", "cancel", "Cancel", show=False, id="dialog.cancel_too"),
    ]

    heading: str = ""
    """In the upper edge."""
    keys: str = "esc cancel"
    """In the lower edge: the keys that work here."""

    _waiting_to_leave: tuple[Result | None] | None = None
    """The result with which to leave as soon as no other dialog covers this one."""

    def compose(self) -> ComposeResult:
        """The framed box with what the subclass puts in."""
        with Vertical(classes="dialog") as box:
            yield from self.compose_box()
        box.border_title = box.render_str(self._plain(self.heading))
        box.border_subtitle = box.render_str(self._plain(self.keys))

    def compose_box(self) -> Iterable[Widget]:
        """The widgets inside the box."""
        raise NotImplementedError

    @property
    def is_left(self) -> bool:
        """Whether it was dismissed, or the whole interface is being left."""
        return not self.is_attached or self not in self.app.screen_stack

    def dismiss(self, result: Result | None = None) -> AwaitComplete:
        """Leave with a result: once, and never in place of another screen.

        A second click, or a worker that ends after `escape`, finds the dialog left already;
        Textual would take the view below it away. One that is covered, for instance by the
        command palette, is left when it comes to the front again.
        """
        if self.is_active:
            return super().dismiss(result)
        if not self.is_left:
            self._waiting_to_leave = (result,)
        return AwaitComplete()

    def on_screen_resume(self) -> None:
        """Leave, where that was asked for meanwhile."""
        if self._waiting_to_leave is not None:
            self.dismiss(self._waiting_to_leave[0])

    def action_cancel(self) -> None:
        """Leave without a result."""
        self.dismiss(None)

    @staticmethod
    def _plain(text: str) -> str:
        """The text with nothing in it that a border would take for markup."""
        return text.replace("[", r"\[")
