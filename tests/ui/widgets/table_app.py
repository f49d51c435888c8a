"""A small app around a virtual table, and rows to show in it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.message import Message

from clearq_tui.ui.widgets.list_rows import ListRows
from clearq_tui.ui.widgets.row_source import RowKey
from clearq_tui.ui.widgets.table_column import Column
from clearq_tui.ui.widgets.tones import Tone
from clearq_tui.ui.widgets.virtual_table import VirtualTable


@dataclass(frozen=True)
class Item:
    number: int
    name: str
    load: int = 0

    def named(self, name: str) -> Item:
        return replace(self, name=name)


def items(numbers: Iterable[int]) -> list[Item]:
    return [Item(number, f"item-{number}", (number * 37) % 101) for number in numbers]


class CountingRows(ListRows[Item]):
    """Counts reads, and may be grown or shrunk behind the table's back."""

    def __init__(self, rows: Iterable[Item]) -> None:
        super().__init__(
            rows,
            key=lambda row: row.number,
            sorts={"number": lambda row: row.number, "load": lambda row: (row.load, row.number)},
        )
        self.reads: list[tuple[int, int]] = []

    def window(self, offset: int, limit: int, sort: str | None, descending: bool) -> Sequence[Item]:
        self.reads.append((offset, limit))
        return super().window(offset, limit, sort, descending)

    def keys(self, offset: int, limit: int, sort: str | None, descending: bool) -> Sequence[RowKey]:
        rows = super().window(offset, limit, sort, descending)
        return [row.number for row in rows]

    def version(self, row: Item) -> Hashable:
        return (row.name, row.load)


def columns(rendered: Callable[[Item], None] = lambda item: None) -> list[Column[Item]]:
    def name(item: Item) -> str:
        rendered(item)
        return item.name

    return [
        Column(
            key="id", title="ID", render=lambda item: str(item.number), least=7, ideal=7,
            align="right", sort="number",
        ),
        Column(key="name", title="NAME", render=name, least=10, ideal=20, grows=True),
        Column(
            key="load", title="LOAD", render=lambda item: Text(f"{item.load}%", Tone.GOOD),
            least=5, ideal=6, align="right", sort="load", descending_first=True, priority=2,
        ),
        Column(key="note", title="NOTE", render=lambda item: "x", least=20, ideal=30, priority=3),
    ]  # fmt: skip


class TableApp(App[None]):
    """Records what the table tells, and has keys that the table must let through."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("l", "through('l')", "Log"),
        ("escape", "through('escape')", "Back"),
    ]

    def __init__(self, rows: Iterable[Item]) -> None:
        super().__init__()
        self.source = CountingRows(rows)
        self.told: list[Message] = []
        self.came_through: list[str] = []
        self.rendered: list[int] = []
        self.table = VirtualTable(
            self.source,
            columns(lambda item: self.rendered.append(item.number)),
            empty="Nothing yet.\nPress e.",
            id="items",
        )

    def compose(self) -> ComposeResult:
        yield self.table

    def action_through(self, key: str) -> None:
        self.came_through.append(key)

    def on_virtual_table_row_highlighted(self, event: VirtualTable.RowHighlighted) -> None:
        self.told.append(event)

    def on_virtual_table_row_selected(self, event: VirtualTable.RowSelected) -> None:
        self.told.append(event)

    def on_virtual_table_sort_changed(self, event: VirtualTable.SortChanged) -> None:
        self.told.append(event)

    def on_virtual_table_marks_changed(self, event: VirtualTable.MarksChanged) -> None:
        self.told.append(event)

    def heard(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.told if isinstance(event, kind)]

    def screen_lines(self) -> list[str]:
        height = self.table.scrollable_content_region.height
        return [self.table.render_line(y).text.rstrip() for y in range(height)]

    def line_of(self, number: int) -> int | None:
        """The screen line that shows an item, None where none does."""
        for y, line in enumerate(self.screen_lines()):
            if f"item-{number} " in line + " ":
                return y
        return None
