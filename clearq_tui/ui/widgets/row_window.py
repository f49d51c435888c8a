"""The part of a row source that is in memory, and how far it moved since the last look."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic

from clearq_tui.ui.widgets.row_source import Row, RowKey, RowSource


@dataclass(frozen=True)
class RowWindow(Generic[Row]):
    """Rows `offset` up to `end`, with their keys and versions."""

    offset: int = 0
    rows: Sequence[Row] = ()
    keys: Sequence[RowKey] = ()
    versions: Sequence[Hashable] = ()
    indices: Mapping[RowKey, int] = field(default_factory=dict)
    """Row number by key."""

    @property
    def end(self) -> int:
        """The row number behind the last one read."""
        return self.offset + len(self.rows)

    def holds(self, first: int, end: int) -> bool:
        """Whether all rows from `first` up to `end` were read."""
        return first >= self.offset and end <= self.end

    def row(self, index: int) -> Row | None:
        """The row of a number, None where it was not read."""
        return self.rows[index - self.offset] if self.offset <= index < self.end else None

    def key(self, index: int) -> RowKey | None:
        """The key of a row number, None where it was not read."""
        return self.keys[index - self.offset] if self.offset <= index < self.end else None

    def look(self, index: int) -> tuple[RowKey, Hashable] | None:
        """What decides how the row of a number looks, None where it was not read."""
        if not self.offset <= index < self.end:
            return None
        place = index - self.offset
        return self.keys[place], self.versions[place]


def read_window(
    source: RowSource[Row], first: int, end: int, sort: str | None, *, descending: bool
) -> RowWindow[Row]:
    """Read rows `first` up to `end` and a page's length around them, so that scrolling is free."""
    page = max(1, end - first)
    offset = max(0, first - page)
    rows = source.window(offset, end + page - offset, sort, descending)
    keys = [source.key(row) for row in rows]
    return RowWindow(
        offset,
        rows,
        keys,
        [source.version(row) for row in rows],
        {key: offset + place for place, key in enumerate(keys)},
    )


def shift_of_view(before: RowWindow[Row], first: int, end: int, now: RowWindow[Row]) -> int:
    """How many lines the rows `first` up to `end` moved down together; 0 where they did not.

    Rows that came or went above the view move most of it by the same distance: following them
    keeps the page still under the reader's eyes. In a list that was re-sorted rows scatter and
    the view stays where it is.
    """
    moves: Counter[int] = Counter()
    for index in range(first, end):
        key = before.key(index)
        if key is not None and key in now.indices:
            moves[now.indices[key] - index] += 1
    if not moves:
        return 0
    distance, rows = moves.most_common(1)[0]
    return distance if rows * 2 > end - first else 0
