r"""A table of any length: reads and paints only the rows on screen.

Building one::

    class Tasks:                                   # a RowSource[TaskRow], see row_source.py
        def count(self) -> int: ...
        def window(self, offset, limit, sort, descending) -> Sequence[TaskRow]: ...
        def keys(self, offset, limit, sort, descending) -> Sequence[RowKey]: ...
        def index_of(self, key, sort, descending) -> int | None: ...
        def key(self, row) -> RowKey: ...          # int | str
        def version(self, row) -> Hashable: ...    # differs when the row looks different

    table = VirtualTable(
        Tasks(store),
        [
            Column(key="id", title="ID", render=lambda row: f"#{row.number}",
                   least=6, ideal=7, align="right", sort="number"),
            Column(key="name", title="NAME", render=lambda row: row.name,
                   least=12, ideal=24, grows=True, sort="name"),
            Column(key="state", title="ST", render=lambda row: Text("✗ lost", Tone.BAD),
                   least=6, ideal=10, priority=2, sort="state"),
            Column(key="load", title="HIST", render=lambda row: sparkline(row.loads, 20),
                   least=10, ideal=20, priority=5),
        ],
        empty="No tasks yet.\nPress e to enqueue one.",
        sort=None,                                  # None is the source's own order
        row_tone=lambda row: Tone.DIM if row.stale else None,
        id="tasks",
    )

For lists that are in memory anyway there is `ListRows` (list_rows.py): `rows.replace(…)`, then
`table.refresh_rows()`. Where the width is short, columns of the highest `priority` number go
first. Styles of cells are tones (tones.py), never colours. Whatever `render` returns is made
harmless before it reaches the terminal.

Using one:

==========================  ================================================================
`refresh_rows()`            the source changed: read one window, paint changed lines only
`set_source(source)`        another filter or queue; the cursor stays on its key if it is there
`set_empty(text)`           what an empty list says, such as which filter matched nothing
`cursor_key`, `cursor_row`  the row under the cursor, None in an empty list
`move_to(key)`              put the cursor on a row; False where there is none
`targets()`                 what an action is about: the marked rows, else the cursor's row
`marked`                    the keys of marked rows, in no order; kept while filters hide them
`mark(keys)`, `unmark()`    mark rows; take marks away (all, or those of given keys)
`sort_by(sort)`             a column's `sort` name; the same again reverses; None: own order
`sort`, `descending`        how it is sorted now
`columns`, `sortable`       for a sort popup: all columns; those with a `sort`
`hidden_columns`            keys of columns the operator hid (settable)
`wide`                      reactive; all columns at ideal width, scrolled sideways
`count`                     how many rows the source had at the last refresh
==========================  ================================================================

It posts `RowHighlighted` (the cursor came to another key; only the latest of a flood arrives),
`RowSelected` (enter or a double click), `SortChanged` and `MarksChanged`.

Its keys (ids `table.*`, so that a keymap can change them): arrows, `j` `k`, `g` `G`, `ctrl+d`
`ctrl+u`, PgUp PgDn, enter; `space` mark, `v` range (then `v` or `space` marks it, `escape` gives
it up), `ctrl+a` all, `ctrl+backslash` none; `w` wide. Left, right, `h` and `l` scroll sideways
while there is something to scroll and otherwise fall through to the screen, as `escape` does
without a range: a screen may bind `l` and `escape` itself. A click moves the cursor, a click on
a title sorts.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from textual import events
from textual.binding import BindingType
from textual.message import Message

from clearq_tui.ui.widgets.list_rows import ListRows
from clearq_tui.ui.widgets.row_source import Row, RowKey, RowSource
from clearq_tui.ui.widgets.table_column import GAP, Column
from clearq_tui.ui.widgets.table_keys import TABLE_BINDINGS
from clearq_tui.ui.widgets.table_view import HEADER, TableView
from clearq_tui.ui.widgets.tones import Tone

__all__ = ["Column", "ListRows", "RowKey", "RowSource", "Tone", "VirtualTable"]

_SIDEWAYS = 8
"""Cells that one key press scrolls."""


class TableMessage(Message):
    """Something that a table tells; `table` says which one."""

    # The rows' type cannot be known here: a handler may hear of several tables.
    def __init__(self, table: VirtualTable[Any]) -> None:
        super().__init__()
        self.table = table

    @property
    def control(self) -> VirtualTable[Any]:
        """The table, for `@on(VirtualTable.RowSelected, "#tasks")`."""
        return self.table


class VirtualTable(TableView[Row]):
    """See the module's docstring."""

    BINDINGS: ClassVar[list[BindingType]] = TABLE_BINDINGS

    class RowHighlighted(TableMessage):
        """The cursor is on another row. `key` is None where the list became empty."""

        def __init__(self, table: VirtualTable[Any], key: RowKey | None, index: int) -> None:
            super().__init__(table)
            self.key, self.index = key, index

        def can_replace(self, message: Message) -> bool:
            """Only the latest of a flood matters."""
            return isinstance(message, type(self)) and message.table is self.table

    class RowSelected(TableMessage):
        """The operator wants to go into the row: enter, or a double click."""

        def __init__(self, table: VirtualTable[Any], key: RowKey) -> None:
            super().__init__(table)
            self.key = key

    class SortChanged(TableMessage):
        """The list is sorted differently. `sort` is None for the source's own order."""

        def __init__(self, table: VirtualTable[Any], sort: str | None, descending: bool) -> None:
            super().__init__(table)
            self.sort, self.descending = sort, descending

    class MarksChanged(TableMessage):
        """Rows were marked or unmarked; `count` are marked now."""

        def __init__(self, table: VirtualTable[Any], count: int) -> None:
            super().__init__(table)
            self.count = count

    @property
    def count(self) -> int:
        """How many rows the source had at the last refresh."""
        return self._count

    @property
    def cursor_key(self) -> RowKey | None:
        """The key of the row under the cursor, None in an empty list."""
        return self._cursor_key

    @property
    def cursor_index(self) -> int:
        """The number of the row under the cursor, from 0."""
        return self._cursor_index

    @property
    def cursor_row(self) -> Row | None:
        """The row under the cursor as it was last read."""
        row = self._window.row(self._cursor_index)
        if row is None and self._cursor_key is not None:
            rows = self._source.window(self._cursor_index, 1, self.sort, self.descending)
            row = rows[0] if rows else None
        return row if row is not None and self._source.key(row) == self._cursor_key else None

    @property
    def marked(self) -> frozenset[RowKey]:
        """The keys of the marked rows."""
        return frozenset(self._marks.keys)

    @property
    def ranging(self) -> bool:
        """Whether a range is being drawn."""
        return self._marks.anchor is not None

    @property
    def sortable(self) -> tuple[Column[Row], ...]:
        """The columns that the list can be sorted by."""
        return tuple(column for column in self._columns if column.sort is not None)

    def targets(self) -> list[RowKey]:
        """What an action is about: the marked rows, else the cursor's row alone.

        Rows near the view come first, in the list's order.
        """
        if not self._marks.keys:
            return [] if self._cursor_key is None else [self._cursor_key]
        place = self._window.indices
        return sorted(self._marks.keys, key=lambda key: place.get(key, self._count))

    def set_source(self, source: RowSource[Row]) -> None:
        """Show another list: a filter's, a queue's. Marks stay; the cursor too, where it can."""
        self._source = source
        self._strips.clear()
        self._marks.end_range()
        self._window = type(self._window)()
        self.refresh_rows()
        self.refresh()

    def set_empty(self, text: str) -> None:
        """What an empty list says."""
        self._empty = text
        if not self._count:
            self.refresh()

    def move_to(self, key: RowKey) -> bool:
        """Put the cursor on a row and show it. False where the list does not have the key."""
        index = self._source.index_of(key, self.sort, self.descending)
        if index is None:
            return False
        self._move(index)
        return True

    def sort_by(self, sort: str | None) -> None:
        """Sort by a column's `sort` name, top row first; the same name again reverses.

        Raises ValueError for a name that no column has.
        """
        column = next((c for c in self._columns if c.sort == sort), None)
        if sort is not None and column is None:
            raise ValueError(f"No column of this table sorts by {sort!r}.")
        if sort == self.sort:
            self.descending = not self.descending
        else:
            self.sort = sort
            self.descending = column is not None and sort is not None and column.descending_first
        self._marks.end_range()
        self._show_from_top()
        self.post_message(self.SortChanged(self, self.sort, self.descending))

    def mark(self, keys: Iterable[RowKey]) -> None:
        """Mark rows, whether they are in the list now or not."""
        self._marks.keys.update(keys)
        self._marks_changed()

    def unmark(self, keys: Iterable[RowKey] | None = None) -> None:
        """Take marks away: those of the given rows, or all."""
        if keys is None:
            self._marks.clear()
        else:
            self._marks.keys.difference_update(keys)
        self._marks_changed()

    def refresh_rows(self) -> None:
        """Show what is in the source now; see `TableView.refresh_rows`."""
        before = self._cursor_key
        super().refresh_rows()
        self._follow_anchor()
        if self._cursor_key != before:
            self._highlighted()

    def on_click(self, event: events.Click) -> None:
        """Move the cursor, sort by a title, or go into a row."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        if offset.y < HEADER:
            self._click_title(offset.x)
            return
        index = self.scroll_offset.y + offset.y - HEADER
        if index >= self._count:
            return
        self._move(index)
        if event.chain == 2:
            self.action_select()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Let keys fall through to the screen where they would do nothing here."""
        if action == "sideways":
            return self.wide and self.max_scroll_x > 0
        if action == "end_range":
            return self.ranging
        return super().check_action(action, parameters)

    def action_move(self, lines: int) -> None:
        """Move the cursor by lines."""
        self._move(self._cursor_index + lines)

    def action_page(self, halves: int) -> None:
        """Move the cursor by half pages."""
        self._move(self._cursor_index + halves * self._page() // 2)

    def action_top(self) -> None:
        """Move to the first row."""
        self._move(0)

    def action_bottom(self) -> None:
        """Move to the last row."""
        self._move(self._count - 1)

    def action_select(self) -> None:
        """Go into the row under the cursor."""
        if self._cursor_key is not None:
            self.post_message(self.RowSelected(self, self._cursor_key))

    def action_sideways(self, steps: int) -> None:
        """Scroll sideways."""
        self.scroll_to(x=self.scroll_offset.x + steps * _SIDEWAYS, animate=False)

    def action_wide(self) -> None:
        """Show all columns, or those that fit."""
        self.wide = not self.wide

    def action_mark(self) -> None:
        """Mark the row and go on to the next, or mark the range that is drawn."""
        if self.ranging:
            self.action_range()
        elif self._cursor_key is not None:
            self._marks.toggle(self._cursor_key)
            self._marks_changed()
            self._move(self._cursor_index + 1)

    def action_range(self) -> None:
        """Begin a range at the cursor; the second time, mark its rows."""
        if self._cursor_key is None:
            return
        if self.ranging:
            rows = self._marks.range_to(self._cursor_index)
            self._marks.end_range(
                self._source.keys(rows.start, len(rows), self.sort, self.descending)
            )
            self._marks_changed()
        else:
            self._marks.begin_range(self._cursor_key, self._cursor_index)
            self.refresh()

    def action_end_range(self) -> None:
        """Give the range up."""
        self._marks.end_range()
        self.refresh()

    def action_mark_all(self) -> None:
        """Mark every row of the list."""
        self.mark(self._source.keys(0, self._count, self.sort, self.descending))

    def action_unmark_all(self) -> None:
        """Take all marks away."""
        self.unmark()

    def _move(self, index: int) -> None:
        index = max(0, min(index, self._count - 1))
        if not self._count:
            return
        before, old_line = self._cursor_key, self._cursor_index - self.scroll_offset.y
        # Without a key, reading more rows while scrolling does not move the cursor back.
        self._cursor_key = None
        self._cursor_index = index
        self._bring_into_view(index)
        self._read_visible()
        self._cursor_key = self._key_at(index)
        if self.ranging:
            self.refresh()
        else:
            self._paint_line(HEADER + old_line)
            self._paint_line(HEADER + index - self.scroll_offset.y)
        if self._cursor_key != before:
            self._highlighted()

    def _show_from_top(self) -> None:
        before = self._cursor_key
        self._cursor_index, self._cursor_key = 0, None
        self._window = type(self._window)()
        self._scroll_to_row(0)
        super().refresh_rows()
        self.refresh()
        if self._cursor_key != before:
            self._highlighted()

    def _follow_anchor(self) -> None:
        anchor = self._marks.anchor
        if anchor is None:
            return
        index = self._source.index_of(anchor, self.sort, self.descending)
        if index is None:
            self._marks.end_range()
        else:
            self._marks.anchor_index = index
        self.refresh()

    def _click_title(self, x: int) -> None:
        still = self._placed[0].end + GAP if self._placed else 0
        if x >= still:
            x += self.scroll_offset.x
        for place in self._placed:
            if place.start <= x < place.end and place.column.sort is not None:
                self.sort_by(place.column.sort)

    def _highlighted(self) -> None:
        self.post_message(self.RowHighlighted(self, self._cursor_key, self._cursor_index))

    def _marks_changed(self) -> None:
        self.refresh()
        self.post_message(self.MarksChanged(self, len(self._marks.keys)))
