"""Renders a log's lines: colours as styles, matches and the selection highlighted."""

from __future__ import annotations

import re
from typing import Final

from rich.segment import Segment
from textual.cache import LRUCache
from textual.strip import Strip
from textual.widget import Widget

from clearq_tui.ui.widgets.log_line import log_text
from clearq_tui.ui.widgets.row_strip import styled_segments
from clearq_tui.ui.widgets.safe_text import safe_line
from clearq_tui.ui.widgets.tones import Tone, TonePalette

MATCH: Final = "virtual-log--match"
MATCH_CURRENT: Final = "virtual-log--match-current"


class LogPainter:
    """Renders lines in the styles of one widget, which has the component classes above."""

    def __init__(self, widget: Widget) -> None:
        self._widget = widget
        self._palette = TonePalette(widget)
        self._strips: LRUCache[tuple[object, ...], Strip] = LRUCache(512)

    def clear(self) -> None:
        """Forget what was rendered: the look changed."""
        self._palette.clear()
        self._strips.clear()

    def line(
        self,
        raw: bytes,
        search: re.Pattern[str] | None,
        *,
        current: bool,
        selected: tuple[int, int] | None,
    ) -> Strip:
        """A line at its full width. `current` is the match that the search stands on."""
        state = (raw, search, current, selected)
        strip = self._strips.get(state)
        if strip is None:
            strip = self._strips[state] = self._render(raw, search, current, selected)
        return strip

    def words(self, words: str, width: int, height: int, *, warning: bool) -> list[Strip]:
        """What is said instead of lines, in the middle of the page."""
        base = self._widget.rich_style
        style = base + self._palette.find(Tone.WARNING if warning else Tone.DIM)
        lines = [safe_line(line) for line in words.split("\n")]
        rows = [Strip.blank(width, base)] * max(0, (height - len(lines)) // 2)
        for line in lines:
            strip = Strip([Segment(line.center(width), style)])
            rows.append(strip.adjust_cell_length(width, style))
        return rows

    def _render(
        self,
        raw: bytes,
        search: re.Pattern[str] | None,
        current: bool,
        selected: tuple[int, int] | None,
    ) -> Strip:
        text = log_text(raw)
        if search is not None:
            name = MATCH_CURRENT if current else MATCH
            look = self._widget.get_component_rich_style(name)
            for found in search.finditer(text.plain):
                text.stylize(look, found.start(), found.end())
        if selected is not None:
            start, end = selected
            look = self._widget.screen.get_component_rich_style("screen--selection")
            text.stylize(look, start, len(text.plain) if end < 0 else end)
        return Strip(styled_segments(text, self._widget.rich_style, self._palette.find))
