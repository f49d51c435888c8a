"""Rows as aligned columns: no boxes, one line a row, easy to read and to `grep` or `awk`."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from clearq_tui.safe_text import one_line

NOTHING: Final = "-"
"""What an empty cell shows, so that every row has the same number of words."""

_GAP: Final = "  "
_LEAST_WIDTH: Final = 8


@dataclass(frozen=True)
class Column:
    """A column's title and how it is set."""

    title: str
    right: bool = False
    """Set to the right, as numbers are."""
    shrinks: bool = False
    """Gives up width first where the terminal is narrow."""


def lay_out(
    columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int | None = None
) -> Iterator[list[str]]:
    """The title row and each row as padded cells, safe for a terminal.

    `width` is that of the terminal; None, for pipes and files, cuts nothing.
    """
    cells = [[one_line(cell) or NOTHING for cell in row] for row in rows]
    table = [[column.title for column in columns], *cells]
    widths = [max(visible_width(row[index]) for row in table) for index in range(len(columns))]
    if width is not None:
        widths = _fit(columns, widths, width)
    for row in table:
        yield [
            _pad(cell, wanted, right=column.right, last=column is columns[-1])
            for cell, wanted, column in zip(row, widths, columns, strict=True)
        ]


def join(cells: Sequence[str]) -> str:
    """One row of cells as a line."""
    return _GAP.join(cells)


def visible_width(text: str) -> int:
    """How many columns of a terminal the text takes."""
    if text.isascii():
        return len(text)
    return sum(map(_character_width, text))


def _character_width(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _fit(columns: Sequence[Column], widths: list[int], width: int) -> list[int]:
    """Take what is too much from the columns that shrink, the widest first."""
    fitted = list(widths)
    excess = sum(widths) + len(_GAP) * (len(widths) - 1) - width
    while excess > 0:
        shrinking = [index for index, column in enumerate(columns) if column.shrinks]
        widest = max(shrinking, key=lambda index: fitted[index], default=None)
        if widest is None or fitted[widest] <= _LEAST_WIDTH:
            break
        fitted[widest] -= 1
        excess -= 1
    return fitted


def _pad(text: str, width: int, *, right: bool, last: bool) -> str:
    shown = _cut(text, width)
    blank = " " * (width - visible_width(shown))
    if right:
        return blank + shown
    return shown if last else shown + blank


def _cut(text: str, width: int) -> str:
    if visible_width(text) <= width:
        return text
    kept: list[str] = []
    room = width - 1
    for character in text:
        room -= _character_width(character)
        if room < 0:
            break
        kept.append(character)
    return "".join(kept) + "…"
