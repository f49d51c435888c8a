"""The virtual table's lower half: reads windows of rows and paints them line by line."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import ClassVar, Final, Generic

from rich.segment import Segment
from rich.style import Style
from textual.cache import LRUCache
from textual.geometry import Region, Size
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from clearq_tui.ui.widgets.row_marks import RowMarks
from clearq_tui.ui.widgets.row_source import Row, RowKey, RowSource
from clearq_tui.ui.widgets.row_strip import GUTTER, header_strip, row_strip
from clearq_tui.ui.widgets.row_window import RowWindow, read_window, shift_of_view
from clearq_tui.ui.widgets.safe_text import safe_line
from clearq_tui.ui.widgets.table_column import GAP, Column, PlacedColumn, all_columns, fit_columns
from clearq_tui.ui.widgets.tones import TONE_CLASSES, Tone, TonePalette, tone_css

HEADER: Final = 1
"""Lines taken by the titles."""


class TableView(ScrollView, Generic[Row], can_focus=True, inherit_bindings=False):
    """Paints the visible rows of a row source; `VirtualTable` adds what keys and mouse do."""

    COMPONENT_CLASSES: ClassVar[set[str]] = TONE_CLASSES | {
        "virtual-table--header",
        "virtual-table--header-sorted",
        "virtual-table--cursor",
        "virtual-table--cursor-bar",
        "virtual-table--marked",
        "virtual-table--mark",
    }
    DEFAULT_CSS = """
    TableView {
        background: $surface; color: $foreground; height: 1fr;
        overflow-x: hidden; overflow-y: auto; scrollbar-size-vertical: 1;
        scrollbar-size-horizontal: 1; scrollbar-gutter: stable;
        &.-wide { overflow-x: auto; }
        & > .virtual-table--header { background: $panel; color: $text-muted; text-style: bold; }
        & > .virtual-table--header-sorted {
            background: $panel; color: $text-accent; text-style: bold;
        }
        & > .virtual-table--cursor { background: $foreground 8%; }
        &:focus > .virtual-table--cursor { background: $primary 35%; text-style: bold; }
        & > .virtual-table--cursor-bar { color: $text-muted; }
        &:focus > .virtual-table--cursor-bar { color: $text-accent; }
        & > .virtual-table--marked { background: $accent 15%; }
        & > .virtual-table--mark { color: $text-accent; text-style: bold; }
        &:ansi > .virtual-table--header { text-style: bold underline; }
        &:ansi > .virtual-table--marked { background: ansi_default; text-style: bold; }
        &:ansi > .virtual-table--cursor { background: ansi_default; text-style: underline; }
        &:ansi:focus > .virtual-table--cursor { background: ansi_default; text-style: reverse; }
        &:nocolor > .virtual-table--header { text-style: bold underline; }
        &:nocolor:focus > .virtual-table--cursor { text-style: reverse; }
    }
    """ + tone_css("TableView")

    wide: reactive[bool] = reactive(False, init=False)
    """All columns at their ideal width, scrolled sideways; else those that fit."""
    sort: str | None = None
    descending: bool = False

    def __init__(
        self,
        source: RowSource[Row],
        columns: Sequence[Column[Row]],
        *,
        empty: str = "Nothing here.",
        sort: str | None = None,
        descending: bool = False,
        row_tone: Callable[[Row], Tone | None] | None = None,
        name: str | None = None,
        id: str | None = None,  # noqa: A002 — Textual's own name for it
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._source = source
        self._columns = tuple(columns)
        self._hidden: frozenset[str] = frozenset()
        self._placed: tuple[PlacedColumn[Row], ...] = ()
        self._empty = empty
        self._row_tone = row_tone
        self.sort, self.descending = sort, descending
        self._count = 0
        self._window: RowWindow[Row] = RowWindow()
        self._cursor_index = 0
        self._cursor_key: RowKey | None = None
        self._marks = RowMarks()
        self._palette = TonePalette(self)
        self._strips: LRUCache[tuple[object, ...], Strip] = LRUCache(1024)

    @property
    def placed_columns(self) -> tuple[PlacedColumn[Row], ...]:
        """The columns on screen now, with their places."""
        return self._placed

    @property
    def columns(self) -> tuple[Column[Row], ...]:
        """All columns, for a sort popup or a column chooser."""
        return self._columns

    @property
    def hidden_columns(self) -> frozenset[str]:
        """The keys of the columns that the operator does not want to see."""
        return self._hidden

    @hidden_columns.setter
    def hidden_columns(self, keys: Collection[str]) -> None:
        self._hidden = frozenset(keys)
        self._lay_out()

    def watch_wide(self, wide: bool) -> None:
        """Lay the columns out again."""
        self.set_class(wide, "-wide")
        self._lay_out()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Have the rows in memory before they are painted."""
        self._read_visible()
        super().watch_scroll_y(old_value, new_value)

    def watch_scroll_x(self, old_value: float, new_value: float) -> None:
        """Paint the columns that scrolled into view."""
        super().watch_scroll_x(old_value, new_value)

    def notify_style_update(self) -> None:
        """Forget what was rendered in the old look."""
        super().notify_style_update()
        self._palette.clear()
        self._strips.clear()

    def on_resize(self) -> None:
        """Fit the columns to the new width and read what came into view."""
        self._lay_out()
        self.refresh_rows()

    def refresh_rows(self) -> None:
        """Show what is in the source now: one count, one window, and only changed lines painted.

        The cursor stays on its row's key. Rows that came or went above do not move the page.
        """
        if not self._area.height:
            return
        painted = self._painted()
        before, (first, end) = self._window, self._visible()
        seen = first <= self._cursor_index < end
        self._count = self._source.count()
        self._set_virtual_size()
        self._read_visible(again=True)
        if first > 0 and (shift := shift_of_view(before, first, end, self._window)):
            self._scroll_to_row(first + shift)
        self._find_cursor()
        if seen:
            self._bring_into_view(self._cursor_index)
        self._paint_changes(painted)

    def render_line(self, y: int) -> Strip:
        """One line of the screen: the titles, a row, the empty list's text, or nothing."""
        if y < HEADER:
            return self._crop(self._header())
        if not self._count:
            return self._empty_line(y)
        index = self.scroll_offset.y + y - HEADER
        row = self._window.row(index)
        key = self._window.key(index)
        if row is None or key is None:
            return Strip.blank(self._area.width, self.rich_style)
        return self._crop(self._row(row, key, index))

    def _row(self, row: Row, key: RowKey, index: int) -> Strip:
        at_cursor = key == self._cursor_key
        marked = key in self._marks.keys
        in_range = index in self._marks.range_to(self._cursor_index)
        state = (key, self._source.version(row), at_cursor, marked, in_range)
        strip = self._strips.get(state)
        if strip is None:
            strip = self._render_row(row, at_cursor, marked, in_range)
            self._strips[state] = strip
        return strip

    def _render_row(self, row: Row, at_cursor: bool, marked: bool, in_range: bool) -> Strip:
        base = self.rich_style
        if marked or in_range:
            base += self.get_component_rich_style("virtual-table--marked")
        if at_cursor:
            base += self.get_component_rich_style("virtual-table--cursor")
        ground = Style(bgcolor=base.bgcolor)
        mark = "•" if marked else "◦" if in_range else " "
        gutter = [
            Segment("▌" if at_cursor else " ", self._component("cursor-bar") + ground),
            Segment(mark, self._component("mark") + ground),
        ]
        tone = self._row_tone(row) if self._row_tone else None
        if tone is not None:
            base += self._palette.find(tone)
        strip = row_strip(row, self._placed, gutter, base, self._palette.find)
        return strip.extend_cell_length(self._area.width, base).simplify()

    def _component(self, name: str) -> Style:
        return self.get_component_rich_style(f"virtual-table--{name}")

    def _header(self) -> Strip:
        plain = self._component("header")
        marked = self._component("header-sorted")
        strip = header_strip(self._placed, self.sort, self.descending, plain, marked)
        return strip.extend_cell_length(self._area.width, plain).simplify()

    def _empty_line(self, y: int) -> Strip:
        lines = self._empty.split("\n")
        place = y - max(HEADER, (self._area.height - len(lines)) // 2)
        if not 0 <= place < len(lines):
            return Strip.blank(self._area.width, self.rich_style)
        style = self.rich_style + self._palette.find(Tone.DIM)
        text = safe_line(lines[place]).center(self._area.width)
        return Strip([Segment(text, style)]).adjust_cell_length(self._area.width, style)

    def _crop(self, strip: Strip) -> Strip:
        """Scroll sideways, the gutter and the first column standing still."""
        width, scroll_x = self._area.width, self.scroll_offset.x
        if not scroll_x or not self._placed:
            return strip.crop(0, width)
        still = min(self._placed[0].end + GAP, width)
        return Strip.join(
            [strip.crop(0, still), strip.crop(still + scroll_x, scroll_x + width)]
        ).adjust_cell_length(width, self.rich_style)

    def _lay_out(self) -> None:
        width = self._area.width
        if self.wide:
            self._placed = all_columns(self._columns, indent=GUTTER, hidden=self._hidden)
        else:
            self._placed = fit_columns(self._columns, width, indent=GUTTER, hidden=self._hidden)
        self._strips.clear()
        self._set_virtual_size()
        self.refresh()

    def _set_virtual_size(self) -> None:
        width = self._placed[-1].end if self.wide and self._placed else 0
        size = Size(width, self._count + HEADER)
        if size != self.virtual_size:
            self.virtual_size = size

    @property
    def _area(self) -> Size:
        """What is left of the widget beside its scrollbars."""
        return self.scrollable_content_region.size

    def _page(self) -> int:
        return max(1, self._area.height - HEADER)

    def _visible(self) -> tuple[int, int]:
        """The first row number on screen and the one behind the last."""
        first = self.scroll_offset.y
        return first, max(first, min(self._count, first + self._page()))

    def _read_visible(self, *, again: bool = False) -> None:
        first, end = self._visible()
        if not again and self._window.holds(first, end):
            return
        self._window = read_window(self._source, first, end, self.sort, descending=self.descending)
        if self._cursor_key is not None:
            self._cursor_index = self._window.indices.get(self._cursor_key, self._cursor_index)

    def _find_cursor(self) -> None:
        """Put the cursor where its key is now, or near where a row that is gone was."""
        key = self._cursor_key
        index = None if key is None else self._window.indices.get(key)
        if index is None and key is not None:
            index = self._source.index_of(key, self.sort, self.descending)
        if index is not None:
            self._cursor_index = index
        else:
            self._cursor_index = max(0, min(self._cursor_index, self._count - 1))
            self._cursor_key = self._key_at(self._cursor_index)

    def _key_at(self, index: int) -> RowKey | None:
        key = self._window.key(index)
        if key is None and self._count:
            found = self._source.keys(index, 1, self.sort, self.descending)
            key = found[0] if found else None
        return key

    def _scroll_to_row(self, first: int) -> None:
        self.scroll_to(y=first, animate=False, force=True)

    def _bring_into_view(self, index: int) -> None:
        top = self.scroll_offset.y
        if index < top:
            self._scroll_to_row(index)
        elif index >= top + self._page():
            self._scroll_to_row(index - self._page() + 1)

    def _painted(self) -> list[object]:
        """What decides the look of each line on screen, for comparison."""
        first, end = self._visible()
        return [
            (self._window.look(index), self._window.key(index) == self._cursor_key)
            for index in range(first, end)
        ]

    def _paint_changes(self, painted: Sequence[object]) -> None:
        now = self._painted()
        if not painted or not now:
            self.refresh()
            return
        for line in range(max(len(painted), len(now))):
            old = painted[line] if line < len(painted) else None
            new = now[line] if line < len(now) else None
            if old != new:
                self._paint_line(HEADER + line)

    def _paint_line(self, y: int) -> None:
        self.refresh(Region(0, y, max(self._area.width, 1), 1))
