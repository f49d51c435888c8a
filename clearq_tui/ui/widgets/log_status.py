"""The line below a log: follows or not, how long it is, what came, how the search stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from clearq_tui.ui.widgets.log_search import LogSearch
from clearq_tui.ui.widgets.log_view import LogView
from clearq_tui.ui.widgets.safe_text import safe_line
from clearq_tui.ui.widgets.tones import TONE_CLASSES, Tone, TonePalette, tone_css

Piece = tuple[str, Tone]


def follow_state(view: LogView) -> list[Piece]:
    """Whether the end is followed, and what came while it was not."""
    if view.follow:
        return [("FOLLOW ●", Tone.GOOD)]
    pieces = [("follow off (f)", Tone.DIM)]
    if view.new_lines:
        word = "line" if view.new_lines == 1 else "lines"
        pieces.append((f"↓ {view.new_lines:,} new {word}", Tone.ACCENT))
    return pieces


def size_state(view: LogView) -> list[Piece]:
    """How many lines there are, as far as known, and how they are laid out."""
    pieces = [(f"{view.line_count:,} lines", Tone.PLAIN)]
    if view.counted < 1:
        pieces.append((f"counting the lines above: {view.counted:.0%}", Tone.BUSY))
    if view.wrap:
        pieces.append(("wrap", Tone.PLAIN))
    return pieces


def search_state(search: LogSearch | None, match: int | None, *, searching: bool) -> list[Piece]:
    """What the status line says about a search: `/text 3/17`."""
    if search is None:
        return []
    text = f"/{safe_line(search.text)}"
    more = "…" if searching else "+" if search.full else ""
    rank = None if match is None else search.rank(match)
    place = "-" if rank is None else f"{rank:,}"
    if not search.count:
        return [(text, Tone.STRONG), ("searching…" if searching else "not found", Tone.WARNING)]
    return [(text, Tone.STRONG), (f"{place}/{search.count:,}{more}", Tone.ACCENT)]


class LogStatus(Widget):
    """One line of words about a log view."""

    COMPONENT_CLASSES: ClassVar[set[str]] = TONE_CLASSES
    DEFAULT_CSS = "LogStatus { height: 1; background: $panel; }" + tone_css("LogStatus")

    def __init__(self) -> None:
        super().__init__()
        self._pieces: Sequence[Piece] = ()
        self._palette = TonePalette(self)

    def say_of(self, view: LogView) -> None:
        """Say how the view is now."""
        search = search_state(view.search, view.match, searching=view.searching)
        # Where the width is short, what matters least is cut off.
        pieces = follow_state(view) + search + size_state(view)
        if pieces != self._pieces:
            self._pieces = pieces
            self.refresh()

    def notify_style_update(self) -> None:
        """Forget the old look of tones."""
        super().notify_style_update()
        self._palette.clear()

    def render_line(self, y: int) -> Strip:  # noqa: ARG002 — there is one line only
        """The words, two cells apart."""
        base = self.rich_style
        segments = [Segment(" ", base)]
        for text, tone in self._pieces:
            segments.append(Segment(text, base + self._palette.find(tone)))
            segments.append(Segment("  ", base))
        return Strip(segments).adjust_cell_length(self.size.width, base)
