"""The header line: where one is, the cluster in numbers, the controller, the clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from clearq_tui.safe_text import one_line
from clearq_tui.ui.overview import Overview, header_text, overview
from clearq_tui.ui.widgets.row_strip import styled_segments
from clearq_tui.ui.widgets.tones import TONE_CLASSES, TonePalette, tone_css

if TYPE_CHECKING:
    from clearq_tui.ui.app import ClearqApp
    from clearq_tui.ui.cluster import Cluster


class HeaderLine(Widget):
    """One line on top of every screen; see the module's docstring."""

    COMPONENT_CLASSES: ClassVar[set[str]] = TONE_CLASSES
    DEFAULT_CSS = "HeaderLine { height: 1; dock: top; }" + tone_css("HeaderLine")

    def __init__(self, view: str) -> None:
        super().__init__()
        self._view = view
        self._numbers = Overview()
        self._palette = TonePalette(self)

    def on_mount(self) -> None:
        """Let the clock go."""
        self.set_interval(1.0, self.refresh)
        # Failures leave the last hour without any change in the store.
        self.set_interval(30.0, self.refresh_numbers)

    def set_view(self, text: str) -> None:
        """What the view is called."""
        self._view = one_line(text)
        self.refresh()

    def refresh_numbers(self) -> None:
        """Count again."""
        numbers = overview(self._cluster.store, self._cluster.now())
        if numbers != self._numbers:
            self._numbers = numbers
            self.refresh()

    def notify_style_update(self) -> None:
        """Forget the old look of tones."""
        super().notify_style_update()
        self._palette.clear()

    def render_line(self, y: int) -> Strip:  # noqa: ARG002 - there is one line
        """The one line."""
        cluster = self._cluster
        width = self.size.width
        text = header_text(self._view, self._numbers, cluster.controller, cluster.now(), width)
        base = self.rich_style
        segments: list[Segment] = list(styled_segments(text, base, self._palette.find))
        return Strip(segments).adjust_cell_length(width, base)

    @property
    def _cluster(self) -> Cluster:
        return cast("ClearqApp", self.app).cluster
