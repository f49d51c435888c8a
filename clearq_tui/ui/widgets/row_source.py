"""Where a virtual table's rows come from."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Protocol, TypeVar

Row = TypeVar("Row")

RowKey = int | str
"""Names a row for as long as it exists: a task's number, a machine's name."""


class RowSource(Protocol[Row]):
    """A sorted list that is read in windows. Every call must be fast (a few milliseconds).

    `sort` is a column's `sort` name, or None for the list's own order; `descending` reverses it.
    The order must be total: rows that compare equal need a fixed order (by key, for instance).
    """

    def count(self) -> int:
        """How many rows there are."""
        ...

    def window(self, offset: int, limit: int, sort: str | None, descending: bool) -> Sequence[Row]:
        """At most `limit` rows from row number `offset` on."""
        ...

    def keys(self, offset: int, limit: int, sort: str | None, descending: bool) -> Sequence[RowKey]:
        """The keys of such a window alone; asked for whole lists when all rows get marked."""
        ...

    def index_of(self, key: RowKey, sort: str | None, descending: bool) -> int | None:
        """The row number of a key, None where no row has it."""
        ...

    def key(self, row: Row) -> RowKey:
        """What names the row."""
        ...

    def version(self, row: Row) -> Hashable:
        """Anything that differs when the row looks different, such as the row itself.

        A row of the same key and version is not rendered again.
        """
        ...
