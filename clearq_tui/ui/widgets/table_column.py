"""A table's columns, and which of them fit how wide into a given width."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final, Generic, Literal

from rich.text import Text

from clearq_tui.ui.widgets.row_source import Row

GAP: Final = 1
"""Blank cells between two columns."""


@dataclass(frozen=True, kw_only=True)
class Column(Generic[Row]):
    """One column: what it shows of a row, how wide, and how much it matters.

    `render` gives plain text or a rich `Text` whose styles are tones (`Text("lost", Tone.BAD)`)
    or rich styles without colours of their own. It may return hostile text; the table makes it
    harmless.
    """

    key: str
    title: str
    render: Callable[[Row], str | Text]
    least: int
    """The width in cells below which the column is rather left out."""
    ideal: int
    """The width in cells it takes where there is room."""
    priority: int = 1
    """1 stays longest; where the terminal is narrow the highest number goes first."""
    align: Literal["left", "right"] = "left"
    sort: str | None = None
    """The name its sort has in the row source; None where it cannot be sorted."""
    descending_first: bool = False
    """The first sort by it shows the largest on top, as one wants for loads and dates."""
    grows: bool = False
    """Takes what width is left over once every column has its ideal."""


@dataclass(frozen=True)
class PlacedColumn(Generic[Row]):
    """A column with its place: `start` and `width` in cells, from the table's first cell."""

    column: Column[Row]
    start: int
    width: int

    @property
    def end(self) -> int:
        """The first cell behind the column."""
        return self.start + self.width


def fit_columns(
    columns: Sequence[Column[Row]],
    width: int,
    *,
    indent: int = 0,
    hidden: Collection[str] = (),
) -> tuple[PlacedColumn[Row], ...]:
    """The columns that fit into `width` cells, the more important ones first to get their ideal.

    At least one column stays, cut to the width if need be.
    """
    room = max(1, width - indent)
    shown = _drop([column for column in columns if column.key not in hidden], room)
    if len(shown) == 1 and shown[0].least > room:
        return (PlacedColumn(shown[0], indent, room),)
    return _place(shown, _widths(shown, room), indent)


def all_columns(
    columns: Sequence[Column[Row]], *, indent: int = 0, hidden: Collection[str] = ()
) -> tuple[PlacedColumn[Row], ...]:
    """Every column at its ideal width, however wide that gets."""
    shown = [column for column in columns if column.key not in hidden]
    return _place(shown, [column.ideal for column in shown], indent)


def _drop(columns: list[Column[Row]], room: int) -> list[Column[Row]]:
    shown = list(columns)
    while len(shown) > 1 and sum(column.least + GAP for column in shown) - GAP > room:
        # Among equals the rightmost goes: reading starts at the left.
        last = max(range(len(shown)), key=lambda index: (shown[index].priority, index))
        del shown[last]
    return shown


def _widths(shown: Sequence[Column[Row]], room: int) -> list[int]:
    widths = [column.least for column in shown]
    spare = room - sum(widths) - GAP * (len(shown) - 1)
    for index in sorted(range(len(shown)), key=lambda index: shown[index].priority):
        more = min(spare, max(0, shown[index].ideal - widths[index]))
        widths[index] += more
        spare -= more
    growing = [index for index, column in enumerate(shown) if column.grows]
    for order, index in enumerate(growing):
        share = spare // (len(growing) - order)
        widths[index] += share
        spare -= share
    return widths


def _place(
    shown: Sequence[Column[Row]], widths: Sequence[int], indent: int
) -> tuple[PlacedColumn[Row], ...]:
    placed: list[PlacedColumn[Row]] = []
    start = indent
    for column, width in zip(shown, widths, strict=True):
        placed.append(PlacedColumn(column, start, width))
        start += width + GAP
    return tuple(placed)
