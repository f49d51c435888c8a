"""What all dialogs share: a framed box above the view, `escape` to leave, one result."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar, Final, TypeVar

from textual.app import ComposeResult
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

    def compose(self) -> ComposeResult:
        """The framed box with what the subclass puts in."""
        with Vertical(classes="dialog") as box:
            yield from self.compose_box()
        box.border_title = box.render_str(self._plain(self.heading))
        box.border_subtitle = box.render_str(self._plain(self.keys))

    def compose_box(self) -> Iterable[Widget]:
        """The widgets inside the box."""
        raise NotImplementedError

    def action_cancel(self) -> None:
        """Leave without a result."""
        self.dismiss(None)

    @staticmethod
    def _plain(text: str) -> str:
        """The text with nothing in it that a border would take for markup."""
        return text.replace("[", r"\[")
