"""A chart of one live value: its name, its latest value, its history, its scale.

::

    chart = BrailleChart("GPU", tone=Tone.GOOD, show=lambda value: f"{value:.0f}%", high=100,
                         span="10m")
    chart.set_values([None, 12.0, 97.5])            # the newest last; None is a gap
    chart.set_values(values, stale="stale 42s")     # dims the chart and says why

With one line of height everything is on that line (`CPU 34% ⣀⣠⣴⣾`); with more, the first line
says name, value and scale and the rest is the chart. `high=None` follows the largest value shown,
rounded up to 1, 2 or 5 times a power of ten; `set_values` may give both ends of the scale instead.
Give the height by CSS; it draws two values a cell.
The pure functions `braille` (braille.py), `sparkline` and `bar` (blocks.py) are beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from clearq_tui.ui.widgets.blocks import bar, is_number, sparkline
from clearq_tui.ui.widgets.braille import braille, round_ceiling
from clearq_tui.ui.widgets.row_strip import fit
from clearq_tui.ui.widgets.safe_text import safe_line
from clearq_tui.ui.widgets.tones import TONE_CLASSES, Tone, TonePalette, tone_css

__all__ = ["BrailleChart", "Tone", "bar", "braille", "sparkline"]

_VALUE_WIDTH = 7
"""Cells kept for the value on a one-line chart, so that the chart beside it stands still."""


class BrailleChart(Widget):
    """See the module's docstring."""

    COMPONENT_CLASSES: ClassVar[set[str]] = TONE_CLASSES
    DEFAULT_CSS = "BrailleChart { height: 4; width: 1fr; }" + tone_css("BrailleChart")

    def __init__(
        self,
        title: str,
        *,
        tone: Tone = Tone.ACCENT,
        show: Callable[[float], str] = lambda value: f"{value:g}",
        low: float = 0.0,
        high: float | None = None,
        span: str = "",
        name: str | None = None,
        id: str | None = None,  # noqa: A002 — Textual's own name for it
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._title = safe_line(title)
        self._tone = tone
        self._show = show
        self._low, self._high = low, high
        self._ends: tuple[float, float] | None = None
        self._span = safe_line(span)
        self._values: tuple[float | None, ...] = ()
        self._value: float | None = None
        self._stale = ""
        self._palette = TonePalette(self)

    def set_values(
        self,
        values: Sequence[float | None],
        *,
        stale: str = "",
        value: float | None = None,
        span: str | None = None,
        ends: tuple[float, float] | None = None,
    ) -> None:
        """Show this history, the newest value last; `stale` says why it is not going on.

        `value` is the one that is told in words, where it is not the history's last; it may be NaN,
        and is told all the same. `span` is what the history is over, where that changes. `ends` are
        those of the scale, in place of what the constructor was given.
        """
        last = values[-1] if values else None
        known = (last if is_number(last) else None) if value is None else value
        new = (
            tuple(values),
            known,
            safe_line(stale),
            self._span if span is None else safe_line(span),
            ends,
        )
        if new != (self._values, self._value, self._stale, self._span, self._ends):
            self._values, self._value, self._stale, self._span, self._ends = new
            self.refresh()

    def notify_style_update(self) -> None:
        """Forget the old look of tones."""
        super().notify_style_update()
        self._palette.clear()

    def render_line(self, y: int) -> Strip:
        """One line: the words, a part of the chart, or both where there is one line only."""
        width, height = self.size
        if height == 1:
            return self._single(width)
        if y == 0:
            return self._words(width)
        lines = braille(self._values, width, height - 1, *self._scale(width))
        return self._strip([(lines[y - 1], self._chart_tone())], width)

    def _single(self, width: int) -> Strip:
        value = fit(self._latest(), _VALUE_WIDTH, right=True)
        room = width - cell_len(self._title) - _VALUE_WIDTH - 2
        chart = braille(self._values, room, 1, *self._scale(room))[0]
        return self._strip(
            [(f"{self._title} ", Tone.STRONG), (f"{value} ", None), (chart, self._chart_tone())],
            width,
        )

    def _words(self, width: int) -> Strip:
        value = self._latest()
        low, high = (safe_line(self._show(end)) for end in self._scale(width))
        scale = f"{f'{low} … ' if self._ends else '≤'}{high} {self._span}".rstrip()
        room = width - cell_len(self._title) - 1 - cell_len(value)
        right = scale.rjust(room) if room > cell_len(scale) else ""
        return self._strip(
            [(f"{self._title} ", Tone.STRONG), (value, None), (right, Tone.DIM)], width
        )

    def _latest(self) -> str:
        if self._stale:
            return self._stale
        return "--" if self._value is None else safe_line(self._show(self._value))

    def _chart_tone(self) -> Tone:
        return Tone.DIM if self._stale else self._tone

    def _scale(self, width: int) -> tuple[float, float]:
        if self._ends is not None:
            return self._ends
        if self._high is not None:
            return self._low, self._high
        shown = [value for value in self._values[-2 * max(1, width) :] if is_number(value)]
        return self._low, round_ceiling(max(shown, default=0.0))

    def _strip(self, pieces: Sequence[tuple[str, Tone | None]], width: int) -> Strip:
        base = self.rich_style
        segments = []
        for text, tone in pieces:
            value_tone = Tone.WARNING if self._stale else self._tone
            look: Style = self._palette.find(value_tone if tone is None else tone)
            segments.append(Segment(text, base + look))
        return Strip(segments).adjust_cell_length(width, base)
