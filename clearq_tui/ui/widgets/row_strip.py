"""A row, or the titles, as one rendered line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Final

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.strip import Strip

from clearq_tui.ui.widgets.row_source import Row
from clearq_tui.ui.widgets.safe_text import safe_line, safe_text
from clearq_tui.ui.widgets.table_column import PlacedColumn

FindStyle = Callable[[str | Style], Style]
"""Looks up a style by the name of a tone or of a rich style."""

GUTTER: Final = 2
"""Cells in front of the first column: the cursor's and the mark's."""


def row_strip(
    row: Row,
    placed: Sequence[PlacedColumn[Row]],
    gutter: Sequence[Segment],
    base: Style,
    find_style: FindStyle,
) -> Strip:
    """The row's cells, `GUTTER` cells of gutter before them, all on the style `base`."""
    segments = list(gutter)
    filled = GUTTER
    for place in placed:
        if place.start > filled:
            segments.append(Segment(" " * (place.start - filled), base))
        content = place.column.render(row)
        right = place.column.align == "right"
        segments.extend(cell(content, place.width, base, find_style, right=right))
        filled = place.end
    # Every change of style costs some 40 bytes on the operator's line.
    return Strip(segments, filled).simplify()


def cell(
    content: str | Text, width: int, base: Style, find_style: FindStyle, *, right: bool
) -> Iterator[Segment]:
    """The content on exactly `width` cells: cut with an ellipsis or padded."""
    if isinstance(content, str):
        yield Segment(fit(safe_line(content), width, right=right), base)
        return
    text = safe_text(content)
    length = cell_len(text.plain)
    style = base + find_style(text.style)
    if not text.spans:
        yield Segment(fit(text.plain, width, right=right), style)
        return
    if length > width:
        text = text.copy()
        text.truncate(width, overflow="ellipsis")
        length = cell_len(text.plain)
    padding = [Segment(" " * (width - length), base)] if length < width else []
    if right:
        yield from padding
    yield from styled_segments(text, style, find_style)
    if not right:
        yield from padding


def fit(text: str, width: int, *, right: bool) -> str:
    """The text on exactly `width` cells, of which there is at least one."""
    length = cell_len(text)
    if length > width:
        return set_cell_size(text, width - 1) + "…"
    blank = " " * (width - length)
    return blank + text if right else text + blank


def header_strip(
    placed: Sequence[PlacedColumn[Row]],
    sort: str | None,
    descending: bool,
    plain: Style,
    sorted_style: Style,
) -> Strip:
    """The titles; the column that the list is sorted by carries an arrow that is never cut off."""
    segments = [Segment(" " * GUTTER, plain)]
    filled = GUTTER
    for place in placed:
        column = place.column
        segments.append(Segment(" " * (place.start - filled), plain))
        right = column.align == "right"
        if sort is not None and column.sort == sort:
            arrow = "▼" if descending else "▲"
            title = column.title
            if cell_len(title) >= place.width:
                title = set_cell_size(title, max(0, place.width - 1))
            segments.append(Segment(fit(title + arrow, place.width, right=right), sorted_style))
        else:
            segments.append(Segment(fit(column.title, place.width, right=right), plain))
        filled = place.end
    return Strip(segments, filled).simplify()


def styled_segments(text: Text, style: Style, find_style: FindStyle) -> Iterator[Segment]:
    """The text with its spans on the style `style`, cut where a span begins or ends."""
    edges = {0, len(text.plain)}
    for span in text.spans:
        edges.update((span.start, span.end))
    cuts = sorted(edge for edge in edges if 0 <= edge <= len(text.plain))
    for start, end in pairwise(cuts):
        piece = style
        for span in text.spans:
            if span.start <= start and span.end >= end:
                piece += find_style(span.style)
        yield Segment(text.plain[start:end], piece)
