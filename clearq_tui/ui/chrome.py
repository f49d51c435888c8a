"""What every screen has around its body: the header line, the status line, the keys."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, ClassVar, Final, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.events import Resize
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from clearq_tui.model import ClearqError
from clearq_tui.ui.controller_state import ControllerState
from clearq_tui.ui.header_line import HeaderLine
from clearq_tui.ui.key_line import KeyLine
from clearq_tui.ui.status_line import StatusLine

if TYPE_CHECKING:
    from clearq_tui.ui.app import ClearqApp
    from clearq_tui.ui.cluster import Cluster

LEAST_WIDTH: Final = 60
LEAST_HEIGHT: Final = 15
"""Cells; below them there is only a notice."""


class ClearqScreen(Screen[None]):
    """A full screen of clearq's; a subclass gives `view_name` and `compose_body()`.

    A subclass that shows the store overrides `refresh_view`: it is called when the screen comes
    back to the front and, while it is there, after every change (at most ten times a second).
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back", show=False, id="screen.back"),
    ]
    AUTO_FOCUS: ClassVar[str | None] = "VirtualTable, VirtualLog, LogView"

    view_name: ClassVar[str] = ""
    """What the header line calls the view."""

    @property
    def cluster(self) -> Cluster:
        """The store and what is live."""
        return cast("ClearqApp", self.app).cluster

    def compose(self) -> ComposeResult:
        """Header, the subclass's body, status, keys."""
        yield HeaderLine(self.view_name)
        with Container(id="body"):
            yield from self.compose_body()
        yield StatusLine()
        yield KeyLine()
        yield Static(
            f"clearq needs {LEAST_WIDTH} columns and {LEAST_HEIGHT} lines.",
            id="too-small",
        )

    def compose_body(self) -> Iterable[Widget]:
        """The screen's own widgets."""
        return ()

    def on_mount(self) -> None:
        """Listen to the cluster."""
        self.cluster.changed.subscribe(self, self._store_changed)
        self.cluster.controller_changed.subscribe(self, self._controller_changed)
        self._controller_changed(self.cluster.controller)

    def on_resize(self, event: Resize) -> None:
        """Say so where there is no room to work in."""
        width, height = event.size
        self.set_class(width < LEAST_WIDTH or height < LEAST_HEIGHT, "-too-small")

    def on_screen_resume(self) -> None:
        """Catch up with what happened while another screen was in front."""
        self._refresh_all()

    def set_title(self, text: str) -> None:
        """What the header line calls the view from now on."""
        self.query_one(HeaderLine).set_view(text)

    def refresh_view(self) -> None:
        """Show what is in the store now."""

    def action_back(self) -> None:
        """Leave a pushed screen; a main view stays."""
        if len(self.app.screen_stack) > 1:
            self.app.pop_screen()

    def _store_changed(self, _: None) -> None:
        if self.is_current:
            self._refresh_all()

    def _refresh_all(self) -> None:
        self.guarded(self._read_all)

    def _read_all(self) -> None:
        self.query_one(HeaderLine).refresh_numbers()
        self.refresh_view()

    def guarded(self, read: Callable[[], None]) -> None:
        """Read the store; where it cannot be read, say so for as long as that lasts."""
        problem = ""
        try:
            read()
        except ClearqError as error:
            problem = str(error)
        self.query_one(StatusLine).show_problem(problem)

    def _controller_changed(self, state: ControllerState) -> None:
        self.query_one(StatusLine).show_controller(state)
        self.query_one(HeaderLine).refresh()
