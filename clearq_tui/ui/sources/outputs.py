"""An attempt's output files as a table reads them: windows of the store, and how far each is."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from clearq_tui.store import Store, outputs
from clearq_tui.store.output_types import OutputFile, OutputSort, OutputState
from clearq_tui.ui.widgets.row_source import RowKey


@dataclass(frozen=True)
class OutputRow:
    """A file, and how many bytes of it are on the laptop while it comes."""

    file: OutputFile
    done: int = 0


class OutputRows:
    """The files of one attempt; the keys are their paths."""

    def __init__(self, store: Store, task: int, attempt: int) -> None:
        self.task, self.attempt = task, attempt
        self._store = store
        self._done: dict[str, int] = {}

    def note_progress(self, path: str, done: int) -> None:
        """So many bytes of the file are here."""
        self._done[path] = done

    def count(self) -> int:
        """How many files there are."""
        return outputs.totals(self._store, self.task, self.attempt).files

    def window(
        self, offset: int, limit: int, sort: str | None, descending: bool
    ) -> Sequence[OutputRow]:
        """At most `limit` files from number `offset` on."""
        page = outputs.page(
            self._store, self.task, self.attempt, offset, limit, _sort(sort), descending
        )
        return [OutputRow(file, self._bytes(file)) for file in page]

    def keys(self, offset: int, limit: int, sort: str | None, descending: bool) -> Sequence[RowKey]:
        """The paths of such a window."""
        return [row.file.path for row in self.window(offset, limit, sort, descending)]

    def index_of(self, key: RowKey, sort: str | None, descending: bool) -> int | None:
        """The file's number in the list."""
        return outputs.position(
            self._store, self.task, self.attempt, str(key), _sort(sort), descending
        )

    def key(self, row: OutputRow) -> RowKey:
        """The path."""
        return row.file.path

    def version(self, row: OutputRow) -> Hashable:
        """The row itself."""
        return row

    def _bytes(self, file: OutputFile) -> int:
        if file.state is OutputState.WHOLE:
            return file.size
        return self._done.get(file.path, 0) if file.state is OutputState.WANTED else 0


def _sort(sort: str | None) -> OutputSort:
    return OutputSort.PATH if sort is None else OutputSort(sort)
