"""Which rows are marked, and the range that is being drawn."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from clearq_tui.ui.widgets.row_source import RowKey


@dataclass
class RowMarks:
    """Marked rows by key; they stay marked while filters hide them.

    `anchor` is where a range was begun, None while none is drawn.
    """

    keys: set[RowKey] = field(default_factory=set)
    anchor: RowKey | None = None
    anchor_index: int = 0

    def toggle(self, key: RowKey) -> None:
        """Mark the row, or take its mark away."""
        self.keys ^= {key}

    def begin_range(self, key: RowKey, index: int) -> None:
        """Start a range at a row."""
        self.anchor, self.anchor_index = key, index

    def range_to(self, index: int) -> range:
        """The row numbers from the anchor to a row, both included; empty without a range."""
        if self.anchor is None:
            return range(0)
        return range(min(self.anchor_index, index), max(self.anchor_index, index) + 1)

    def end_range(self, keys: Iterable[RowKey] = ()) -> None:
        """Finish the range, marking the given rows; none of them when it was given up."""
        self.keys.update(keys)
        self.anchor = None

    def clear(self) -> None:
        """Take all marks away."""
        self.keys.clear()
        self.anchor = None
