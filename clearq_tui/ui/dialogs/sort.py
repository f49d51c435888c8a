"""The popup behind `o`: one letter sorts by a column, the same letter again reverses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from textual import events
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from clearq_tui.ui.dialogs.dialog import DialogScreen
from clearq_tui.ui.widgets.table_column import Column
from clearq_tui.ui.widgets.virtual_table import VirtualTable


@dataclass(frozen=True)
class SortKey:
    """A letter and the sort that it stands for; `sort` None is the list's own order."""

    letter: str
    sort: str | None
    title: str


def sort_keys(columns: Iterable[Column[Any]], own_order: str) -> list[SortKey]:
    """A letter for each sortable column: the first of its title's that is still free.

    `own_order` names the order without a sort, under `o`; empty where the list has none.
    """
    found = [SortKey("o", None, own_order)] if own_order else []
    taken = {"o"}
    for column in columns:
        if column.sort is None:
            continue
        letters = (*column.title.casefold(), *"abcdefghijklmnopqrstuvwxyz")
        letter = next(one for one in letters if one.isalpha() and one not in taken)
        taken.add(letter)
        found.append(SortKey(letter, column.sort, column.title.capitalize()))
    return found


class SortDialog(DialogScreen[SortKey]):
    """Answers with the sort whose letter was pressed."""

    heading = "Sort by"
    keys = "again: reverse · esc"

    def __init__(self, keys: Sequence[SortKey], *, sort: str | None, descending: bool) -> None:
        super().__init__(classes="popup")
        self._sorts = tuple(keys)
        self._sort, self._descending = sort, descending

    @classmethod
    def of(cls, table: VirtualTable[Any], own_order: str = "") -> SortDialog:
        """The popup for a table as it is sorted now."""
        keys = sort_keys(table.columns, own_order)
        return cls(keys, sort=table.sort, descending=table.descending)

    def compose_box(self) -> Iterable[Widget]:
        """One line for each letter."""
        yield Static(Content("\n").join(map(self._line, self._sorts)))

    def on_key(self, event: events.Key) -> None:
        """Take the letter."""
        for key in self._sorts:
            if event.character == key.letter:
                event.stop()
                self.dismiss(key)
                return

    def _line(self, key: SortKey) -> Content:
        present = key.sort == self._sort
        arrow = ("▼" if self._descending else "▲") if present else " "
        return Content.assemble(
            (f" {key.letter} ", "bold $text-accent"),
            (f" {key.title} {arrow}", "bold" if present else ""),
        )
