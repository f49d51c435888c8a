"""The scrolling part of the log: shows lines of a `LogFile`, follows its end, finds text.

It can stand alone where a few last lines are wanted (a preview): then give it a height and leave
`follow` on. `VirtualLog` puts a search line, a status line and keys around it.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import ClassVar, Final

from textual.binding import BindingType
from textual.geometry import Offset, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip

from clearq_tui.ui.widgets.log_file import Change, LogFile
from clearq_tui.ui.widgets.log_keys import LOG_VIEW_BINDINGS
from clearq_tui.ui.widgets.log_line import log_text
from clearq_tui.ui.widgets.log_painter import MATCH, MATCH_CURRENT, LogPainter
from clearq_tui.ui.widgets.log_search import LogSearch
from clearq_tui.ui.widgets.tones import TONE_CLASSES, tone_css

POLL: Final = 0.25
"""Seconds between two looks at the file."""
_SIDEWAYS: Final = 8
"""Cells that one key press scrolls."""
_MOST_COPIED: Final = 10_000
"""Lines that a selection copies at most."""


class LogView(ScrollView, can_focus=True, inherit_bindings=False):
    """Lines of a file, read as they come into view. Posts `Changed` when anything changed."""

    ALLOW_SELECT = True
    BINDINGS: ClassVar[list[BindingType]] = LOG_VIEW_BINDINGS
    COMPONENT_CLASSES: ClassVar[set[str]] = TONE_CLASSES | {MATCH, MATCH_CURRENT}
    DEFAULT_CSS = """
    LogView {
        background: $surface; color: $foreground; height: 1fr;
        overflow-x: auto; overflow-y: auto; scrollbar-size-vertical: 1;
        scrollbar-size-horizontal: 1;
        &.-wrap { overflow-x: hidden; }
        & > .virtual-log--match { background: $warning 40%; text-style: bold; }
        & > .virtual-log--match-current {
            background: $warning; color: $background; text-style: bold;
        }
        &:ansi > .virtual-log--match { background: ansi_default; text-style: bold underline; }
        &:ansi > .virtual-log--match-current {
            background: ansi_default; color: ansi_default; text-style: reverse bold;
        }
        &:nocolor > .virtual-log--match { text-style: bold underline; }
        &:nocolor > .virtual-log--match-current { text-style: reverse bold; }
    }
    """ + tone_css("LogView")

    follow: reactive[bool] = reactive(True, init=False)
    """Whether the view stays at the end as the file grows. Scrolling up turns it off."""
    wrap: reactive[bool] = reactive(False, init=False)
    """Whether long lines go on in the next row, instead of being scrolled sideways."""

    class Changed(Message):
        """Lines came, the view moved, or a search went on: whatever a status line says."""

        def __init__(self, view: LogView) -> None:
            super().__init__()
            self.view = view

        def can_replace(self, message: Message) -> bool:
            """Only the latest of a flood matters."""
            return isinstance(message, type(self)) and message.view is self.view

    def __init__(
        self,
        path: Path | None = None,
        *,
        empty: str = "No log yet.",
        name: str | None = None,
        id: str | None = None,  # noqa: A002 — Textual's own name for it
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._file: LogFile | None = None if path is None else LogFile(path)
        self._empty = empty
        self._search: LogSearch | None = None
        self._match: int | None = None
        # Where a search goes next: (1 down or -1 up, from which line); None when it is there.
        self._going: tuple[int, int] | None = None
        self._seen = 0
        self._placing = False
        self._rows: list[Strip] | None = None
        self._widest = 0
        self._wake = asyncio.Event()
        self._painter = LogPainter(self)

    @property
    def path(self) -> Path | None:
        """The file shown, None where none is."""
        return self._file.path if self._file else None

    @property
    def line_count(self) -> int:
        """Lines known so far; while a large file is counted, those of its tail."""
        return self._file.lines.line_count if self._file else 0

    @property
    def counted(self) -> float:
        """How much of the file's lines are numbered, 0 to 1."""
        return self._file.counted if self._file else 1.0

    @property
    def new_lines(self) -> int:
        """Lines that came since the end was last in view."""
        return max(0, self.line_count - self._seen)

    @property
    def search(self) -> LogSearch | None:
        """The search that is on, None where none is."""
        return self._search

    @property
    def searching(self) -> bool:
        """Whether parts of the file are still to be searched."""
        if self._search is None or self._file is None:
            return False
        return not self._search.done(self._file.lines.size)

    @property
    def match(self) -> int | None:
        """The line number of the match that the search stands on."""
        return self._match

    def open(self, path: Path | None) -> None:
        """Show another file from its end on, or none."""
        self._file = None if path is None else LogFile(path)
        self._restart()
        self.follow = True
        self._look()

    def find(self, text: str) -> None:
        """Search for a text and go to the latest match when following, else to the next below.

        An empty text ends the search.
        """
        self._match = self._going = None
        self._search = LogSearch(text) if text else None
        if text:
            top = self.scroll_offset.y
            self._going = (-1, self.line_count) if self.follow else (1, top - 1)
            self._wake.set()
        self._repaint()

    def find_next(self) -> None:
        """Go to the next match below, from the first again behind the last."""
        self._find_from(1)

    def find_previous(self) -> None:
        """Go to the next match above, from the last again before the first."""
        self._find_from(-1)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Let sideways keys fall through to the screen where there is nothing to scroll."""
        if action == "sideways":
            return not self.wrap and self.max_scroll_x > 0
        return super().check_action(action, parameters)

    def action_move(self, lines: int) -> None:
        """Scroll by lines."""
        if not (self.follow and lines > 0):
            self.scroll_to(y=self.scroll_offset.y + lines, animate=False)

    def action_page(self, halves: int) -> None:
        """Scroll by half pages."""
        self.action_move(halves * self._area.height // 2)

    def action_sideways(self, steps: int) -> None:
        """Scroll sideways."""
        self.scroll_to(x=self.scroll_offset.x + steps * _SIDEWAYS, animate=False)

    def action_top(self) -> None:
        """Go to the first line."""
        self.scroll_to(y=0, animate=False)

    def action_bottom(self) -> None:
        """Go to the end and follow it."""
        self.follow = True

    def on_mount(self) -> None:
        """Show the file's end at once and watch it grow."""
        self._look()
        self.run_worker(self._watch(), group="log", exclusive=True)

    def on_resize(self) -> None:
        """Fit what is shown to the new size."""
        self._settle()

    def watch_follow(self, follow: bool) -> None:
        """Go to the end, or stop following it."""
        if follow:
            self._settle()
        self.post_message(self.Changed(self))

    def watch_wrap(self, wrap: bool) -> None:
        """Lay the lines out again."""
        self.set_class(wrap, "-wrap")
        self.scroll_to(x=0, animate=False)
        self._settle()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Stop following where the operator scrolls up."""
        self._rows = None
        super().watch_scroll_y(old_value, new_value)
        if self._placing or round(old_value) == round(new_value):
            return
        if new_value < min(old_value, self.max_scroll_y):  # at the end it is but a larger page
            self.follow = False
        elif self.follow:
            self._go_to_end()
        self._note_seen()

    def watch_scroll_x(self, old_value: float, new_value: float) -> None:
        """Show what scrolled into view sideways."""
        self._rows = None
        super().watch_scroll_x(old_value, new_value)

    def notify_style_update(self) -> None:
        """Forget what was rendered in the old look."""
        super().notify_style_update()
        self._painter.clear()
        self._rows = None

    def selection_updated(self, selection: Selection | None) -> None:
        """Paint what is selected."""
        self._rows = None
        super().selection_updated(selection)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The selected text as it is shown; of at most 10,000 lines."""
        if self._file is None:
            return None
        first = selection.start.y if selection.start else 0
        end = selection.end.y + 1 if selection.end else self.line_count
        lines = self._file.read_lines(first, min(end, first + _MOST_COPIED))
        text = "\n".join(log_text(raw).plain for raw in lines)
        moved = Selection(
            None if selection.start is None else selection.start - Offset(0, first),
            None if selection.end is None else selection.end - Offset(0, first),
        )
        return moved.extract(text), "\n"

    def render_line(self, y: int) -> Strip:
        """One row of the screen."""
        if self._rows is None:
            self._rows = self._lay_out()
        if y < len(self._rows):
            return self._rows[y]
        return Strip.blank(self._area.width, self.rich_style)

    @property
    def _area(self) -> Size:
        return self.scrollable_content_region.size

    async def _watch(self) -> None:
        while True:
            lines = self.line_count
            if not await self._turn():
                # Nobody reads more than a page at once: repaint a flood less often.
                flood = self.line_count - lines > self._area.height
                try:
                    await asyncio.wait_for(self._wake.wait(), POLL * 2 if flood else POLL)
                except TimeoutError:
                    continue
                finally:
                    self._wake.clear()

    async def _turn(self) -> bool:
        """Look once, count or search one step; whether there is more to do at once."""
        self._look()
        file = self._file
        if file is None or not file.exists:
            return False
        before = (file.counted, file.lines.size, self._search and self._search.offset)
        if not file.complete:
            above = await file.count_on()
            if file is self._file:
                self._lines_came(above)
        elif self._search is not None and self.searching:
            search = self._search
            await file.search_on(search)
            if search is self._search:
                self._search_went_on()
        progress = before != (file.counted, file.lines.size, self._search and self._search.offset)
        return progress and (self.searching or not file.complete)

    def _look(self) -> None:
        if self._file is not None and self._file.look() is Change.REPLACED:
            self._restart()

    def _restart(self) -> None:
        """What was known of the lines is gone: another file, or none."""
        self._painter.clear()
        self._widest, self._seen, self._match = 0, 0, None
        if self._search is not None:
            self._search = LogSearch(self._search.text)
        self._settle()

    def _lines_came(self, above: int) -> None:
        """Show lines that were counted; `above` of them lie before those known until now."""
        page_end = self.scroll_offset.y + self._area.height
        last_in_view = page_end >= self.virtual_size.height
        if above:
            self._seen += above
            self._set_virtual_size()
            self._place(self.scroll_offset.y + above)
        if self.follow or above or last_in_view:
            self._settle()
        else:
            self._set_virtual_size()
            self.post_message(self.Changed(self))

    def _search_went_on(self) -> None:
        if self._search is not None and self._going is not None:
            goal = self._search.goal(*self._going, done=not self.searching)
            if goal is not None:
                self._go_to_match(goal)
            elif not self.searching:
                self._going = None
        self.post_message(self.Changed(self))

    def _find_from(self, direction: int) -> None:
        if self._search is None:
            return
        line = self._match
        if line is None:
            line = self.scroll_offset.y - 1 if direction > 0 else self.scroll_offset.y
        self._going = (direction, line)
        self._search_went_on()

    def _go_to_match(self, line: int) -> None:
        self._going, self._match = None, line
        self.follow = False
        top, height = self.scroll_offset.y, max(1, self._area.height)
        if self.wrap:  # lines above may take any number of rows: only the top is sure to be seen
            self._place(line)
        elif not top <= line < top + height:
            self._place(max(0, line - height // 2))
        self._note_seen()
        self._repaint()

    def _settle(self) -> None:
        """Put the view where it belongs after lines, size or mode changed, and paint it."""
        self._set_virtual_size()
        if self.follow:
            self._go_to_end()
        self._note_seen()
        self._repaint()

    def _go_to_end(self) -> None:
        self._place(max(0, self.line_count - max(1, self._area.height)))

    def _place(self, line: int) -> None:
        self._placing = True
        try:
            self.scroll_to(y=line, animate=False, force=True)
        finally:
            self._placing = False

    def _note_seen(self) -> None:
        if self.follow or self.scroll_offset.y + self._area.height >= self.line_count:
            self._seen = self.line_count

    def _repaint(self) -> None:
        self._rows = None
        self.refresh()
        self.post_message(self.Changed(self))

    def _set_virtual_size(self) -> None:
        height = self.line_count
        if self.wrap and height:
            # Rows are more than lines: let the last line be scrolled up to the top.
            height += max(0, self._area.height - 1)
        size = Size(0 if self.wrap else self._widest, height)
        if size != self.virtual_size:
            self._placing = True
            self.virtual_size = size
            self._placing = False

    def _lay_out(self) -> list[Strip]:
        """All rows on screen."""
        width, height = self._area
        if self._file is None or self._file.problem or not self.line_count:
            return self._words_instead(width, height)
        top = self.scroll_offset.y
        lines = self._file.read_lines(top, top + height)
        strips = [self._line_strip(raw, top + place) for place, raw in enumerate(lines)]
        if not self.wrap:
            self._notice_width(strips)
            left = self.scroll_offset.x
            return [self._row(strip, left, top + place) for place, strip in enumerate(strips)]
        rows = [
            self._row(strip, left, top + place)
            for place, strip in enumerate(strips)
            for left in range(0, max(1, strip.cell_length), max(1, width))
        ]
        return rows[-height:] if self.follow else rows[:height]

    def _row(self, strip: Strip, left: int, line: int) -> Strip:
        """A part of a line as a row that knows which text a selection in it means."""
        row = strip.crop_extend(left, left + self._area.width, self.rich_style)
        return row.simplify().apply_offsets(left, line)

    def _notice_width(self, strips: list[Strip]) -> None:
        widest = max((strip.cell_length for strip in strips), default=0)
        if widest > self._widest:
            self._widest = widest
            # Not while painting: a new size asks for a new layout.
            self.call_later(self._set_virtual_size)

    def _words_instead(self, width: int, height: int) -> list[Strip]:
        problem = self._file.problem if self._file else ""
        return self._painter.words(problem or self._empty, width, height, warning=bool(problem))

    def _line_strip(self, raw: bytes, line: int) -> Strip:
        selection = self.text_selection
        span = selection.get_span(line) if selection else None
        search = None if self._search is None else self._search.shown
        return self._painter.line(raw, search, current=line == self._match, selected=span)
