"""Tables: aligned, cut only for a terminal, never more or fewer words than columns."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from clearq_tui.cli.columns import Column, join, lay_out, visible_width

COLUMNS = [Column("ID", right=True), Column("NAME", shrinks=True), Column("STATE"), Column("WHY")]
CELLS = st.text(st.characters(categories=["L", "N", "P", "S"]) | st.sampled_from("\x1b\n世🚀 "))
ROWS = st.lists(st.tuples(CELLS, CELLS, CELLS, CELLS), max_size=6)


@given(ROWS)
def test_columns_stand_under_each_other_and_nothing_is_cut(rows: list[tuple[str, ...]]) -> None:
    table = list(lay_out(COLUMNS, rows))
    assert len(table) == len(rows) + 1
    for column in range(len(COLUMNS) - 1):
        assert len({visible_width(row[column]) for row in table}) == 1
    for shown, row in zip(table[1:], rows, strict=True):
        if row[1].isprintable() and row[1]:
            assert shown[1].rstrip(" ") == row[1].rstrip(" ")
        assert "\x1b" not in join(shown)
        assert "\n" not in join(shown)


def test_a_narrow_terminal_cuts_the_column_that_shrinks() -> None:
    rows = [("1", "世界" * 20, "running", "x")]
    title, row = map(join, lay_out(COLUMNS, rows, width=40))
    assert visible_width(row) <= 40
    assert "…" in row
    assert row.endswith("running  x")
    assert title.index("STATE") == 2 + 2 + (40 - 2 - 2 - 7 - 2 - 3 - 2) + 2


def test_an_empty_cell_keeps_its_place() -> None:
    _, row = map(join, lay_out(COLUMNS, [("1", "", "", "")]))
    assert row.split() == ["1", "-", "-", "-"]
