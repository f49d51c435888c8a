"""A row source over rows that are in memory: for lists of hundreds or thousands, not for tasks."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any, Generic

from clearq_tui.ui.widgets.row_source import Row, RowKey

# What sorted() takes: anything that compares with its own kind; Python has no public type for it.
SortValue = Callable[[Row], Any]


class ListRows(Generic[Row]):
    """Rows in a list, sorted when asked for and kept sorted until they are replaced.

    `sorts` maps a column's `sort` name to the value to sort by. `version` defaults to the row
    itself, which suits frozen dataclasses; give one where rows are not hashable.
    """

    def __init__(
        self,
        rows: Iterable[Row],
        *,
        key: Callable[[Row], RowKey],
        sorts: Mapping[str, SortValue[Row]] | None = None,
        version: Callable[[Row], Hashable] | None = None,
    ) -> None:
        self._key = key
        self._version = version
        self._sorts = dict(sorts or {})
        self._rows = list(rows)
        self._order: tuple[str | None, bool] = (None, False)
        self._sorted = self._rows

    def replace(self, rows: Iterable[Row]) -> None:
        """Show these rows from now on; call the table's `refresh_rows()` afterwards."""
        self._rows = list(rows)
        self._sorted = self._sort(*self._order)

    def count(self) -> int:
        """How many rows there are."""
        return len(self._rows)

    def window(self, offset: int, limit: int, sort: str | None, descending: bool) -> Sequence[Row]:
        """At most `limit` rows from row number `offset` on.

        Raises KeyError for a sort that was not given.
        """
        return self._in_order(sort, descending)[offset : offset + limit]

    def keys(self, offset: int, limit: int, sort: str | None, descending: bool) -> Sequence[RowKey]:
        """The keys of such a window."""
        return [self._key(row) for row in self.window(offset, limit, sort, descending)]

    def index_of(self, key: RowKey, sort: str | None, descending: bool) -> int | None:
        """The row number of a key, None where no row has it."""
        for index, row in enumerate(self._in_order(sort, descending)):
            if self._key(row) == key:
                return index
        return None

    def key(self, row: Row) -> RowKey:
        """What names the row."""
        return self._key(row)

    def version(self, row: Row) -> Hashable:
        """What differs when the row looks different."""
        return self._version(row) if self._version else row

    def _in_order(self, sort: str | None, descending: bool) -> list[Row]:
        if (sort, descending) != self._order:
            self._sorted = self._sort(sort, descending)
            self._order = (sort, descending)
        return self._sorted

    def _sort(self, sort: str | None, descending: bool) -> list[Row]:
        if sort is None:
            return self._rows[::-1] if descending else self._rows
        return sorted(self._rows, key=self._sorts[sort], reverse=descending)
