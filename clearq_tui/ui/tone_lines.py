"""A few lines of text whose styles are tones: facts, steps, previews."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.text import Text
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from clearq_tui.ui.widgets.row_strip import styled_segments
from clearq_tui.ui.widgets.safe_text import safe_text
from clearq_tui.ui.widgets.tones import TONE_CLASSES, TonePalette, tone_css


class ToneLines(Widget):
    """Shows lines, wrapped to its width; whatever is in them is made harmless.

    What does not fit on a line goes on below it, `hang` cells from the left.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = TONE_CLASSES
    DEFAULT_CSS = "ToneLines { height: auto; width: 1fr; }" + tone_css("ToneLines")

    def __init__(
        self,
        lines: Sequence[Text] = (),
        *,
        hang: int = 0,
        id: str | None = None,  # noqa: A002 - Textual's own name for it
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._hang = hang
        self._lines = [safe_text(line) for line in lines]
        self._wrapped: tuple[int, list[Text]] = (-1, [])
        self._palette = TonePalette(self)

    @property
    def plain(self) -> str:
        """All that is shown, as plain text."""
        return "\n".join(line.plain for line in self._lines)

    def show(self, lines: Sequence[Text]) -> None:
        """Show these lines from now on."""
        new = [safe_text(line) for line in lines]
        if new == self._lines:
            return
        before = len(self._wrapped[1])
        width = self._wrapped[0]
        self._lines = new
        self._wrapped = (-1, [])
        is_as_high = width > 0 and len(self._wrap(width)) == before
        self.refresh(layout=not is_as_high)

    def notify_style_update(self) -> None:
        """Forget the old look of tones."""
        super().notify_style_update()
        self._palette.clear()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """As many lines as it wraps to."""
        return len(self._wrap(width))

    def render_line(self, y: int) -> Strip:
        """One line."""
        width, base = self.size.width, self.rich_style
        lines = self._wrap(width)
        if y >= len(lines):
            return Strip([Segment(" " * width, base)], width)
        line = lines[y]
        look = base + self._palette.find(line.style)
        return Strip(styled_segments(line, look, self._palette.find)).adjust_cell_length(
            width, base
        )

    def _wrap(self, width: int) -> list[Text]:
        if self._wrapped[0] != width:
            wrapped: list[Text] = []
            for line in self._lines:
                fits = not line.plain or line.cell_len <= width
                wrapped += [line] if fits else self._folded(line, width)
            self._wrapped = (width, wrapped)
        return self._wrapped[1]

    def _folded(self, line: Text, width: int) -> list[Text]:
        room = max(1, width - self._hang)
        pieces = list(line.wrap(self.app.console, room, overflow="fold", no_wrap=False))
        for piece in pieces[1:]:
            piece.pad_left(self._hang)
        return pieces
