"""The table's pure parts: columns that fit, cells, safe text, windows that moved."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.style import Style
from rich.text import Span, Text

from clearq_tui.ui.widgets.list_rows import ListRows
from clearq_tui.ui.widgets.row_strip import cell
from clearq_tui.ui.widgets.row_window import read_window, shift_of_view
from clearq_tui.ui.widgets.safe_text import safe_text
from clearq_tui.ui.widgets.table_column import Column, all_columns, fit_columns


def column(key: str, least: int, more: int, priority: int, grows: bool) -> Column[str]:
    return Column(
        key=key, title=key, render=str, least=least, ideal=least + more, priority=priority,
        grows=grows,
    )  # fmt: skip


COLUMNS = st.lists(
    st.tuples(st.integers(1, 20), st.integers(0, 20), st.integers(1, 4), st.booleans()),
    min_size=1,
    max_size=8,
).map(lambda specs: [column(str(index), *spec) for index, spec in enumerate(specs)])


@given(COLUMNS, st.integers(1, 200))
def test_columns_never_overlap_nor_overflow(columns: list[Column[str]], width: int) -> None:
    placed = fit_columns(columns, width)
    assert placed
    assert placed[-1].end <= width
    for left, right in pairwise(placed):
        assert left.end + 1 == right.start
    if len(placed) > 1:
        assert all(place.width >= place.column.least for place in placed)


@given(COLUMNS, st.integers(1, 200))
def test_less_important_columns_go_first(columns: list[Column[str]], width: int) -> None:
    shown = {place.column.key for place in fit_columns(columns, width)}
    dropped = [column for column in columns if column.key not in shown]
    kept = [column for column in columns if column.key in shown]
    if dropped:
        assert max(c.priority for c in kept) <= min(c.priority for c in dropped)
        first_back = min(dropped, key=lambda c: (c.priority, columns.index(c)))
        assert sum(c.least + 1 for c in [*kept, first_back]) - 1 > width


@given(COLUMNS, st.integers(50, 400))
def test_a_growing_column_fills_the_width(columns: list[Column[str]], width: int) -> None:
    placed = fit_columns(columns, width)
    if any(place.column.grows for place in placed):
        assert placed[-1].end == width


def test_wide_gives_every_column_its_ideal() -> None:
    columns = [column("a", 3, 5, 1, grows=False), column("b", 2, 2, 9, grows=True)]
    assert [place.width for place in all_columns(columns, indent=2)] == [8, 4]
    assert [place.column.key for place in all_columns(columns, hidden=["a"])] == ["b"]


TEXTS = st.text(max_size=30) | st.text(alphabet="a漢\u0301\x1b[31m\n é👩\u200d🔬", max_size=30)


@st.composite
def styled(draw: st.DrawFn) -> Text:
    plain = draw(TEXTS)
    edge = st.integers(0, len(plain))
    spans = []
    for _ in range(draw(st.integers(0, 3))):
        start, end = sorted((draw(edge), draw(edge)))
        spans.append(Span(start, end, "bold"))
    return Text(plain, spans=spans)


@given(TEXTS | styled(), st.integers(1, 40), st.booleans())
def test_a_cell_has_exactly_its_width(content: str | Text, width: int, right: bool) -> None:
    segments = list(cell(content, width, Style(), lambda name: Style.null(), right=right))
    text = "".join(segment.text for segment in segments)
    assert cell_len(text) == width
    assert text.isprintable()


@given(styled())
def test_safe_text_keeps_styles_on_their_characters(text: Text) -> None:
    safe = safe_text(text)
    assert safe.plain.isprintable()
    for before, after in zip(text.spans, safe.spans, strict=True):
        covered = safe_text(text.plain[before.start : before.end]).plain
        assert safe.plain[after.start : after.end] == covered


@given(st.integers(0, 30), st.integers(0, 12))
def test_rows_that_came_above_shift_the_view(first: int, came: int) -> None:
    rows = list(range(1000, 1200))
    grown = [*range(came), *rows]
    source, later = (ListRows(some, key=lambda number: number) for some in (rows, grown))
    before = read_window(source, first, first + 12, None, descending=False)
    now = read_window(later, first, first + 12, None, descending=False)
    assert shift_of_view(before, first, first + 12, now) == came


def test_a_resorted_list_does_not_shift_the_view() -> None:
    rows = list(range(100))
    source = ListRows(rows, key=lambda number: number)
    before = read_window(source, 40, 52, None, descending=False)
    now = read_window(source, 40, 52, None, descending=True)
    assert shift_of_view(before, 40, 52, now) == 0
