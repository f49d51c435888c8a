"""Marks and sorting in a virtual table."""

from __future__ import annotations

import pytest

from clearq_tui.ui.widgets.virtual_table import VirtualTable
from tests.ui.widgets.table_app import TableApp, items

SIZE = (80, 12)


async def test_space_marks_and_goes_on() -> None:
    app = TableApp(items(range(10)))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("space", "space", "k", "space")
        assert app.table.marked == {0}
        assert app.table.targets() == [0]
        assert app.screen_lines()[1][1] == "•"
        assert [event.count for event in app.heard(VirtualTable.MarksChanged)] == [1, 2, 1]


async def test_without_marks_the_cursor_is_the_target() -> None:
    app = TableApp(items(range(10)))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("j", "j")
        assert app.table.targets() == [2]


@pytest.mark.parametrize("finish", ["v", "space"])
async def test_a_range_is_marked_in_either_direction(finish: str) -> None:
    app = TableApp(items(range(100)))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("j", "j", "v", "j", "j")
        assert [line[1] for line in app.screen_lines()[1:7]] == [" ", " ", "◦", "◦", "◦", " "]
        await pilot.press(finish)
        assert app.table.marked == {2, 3, 4}
        await pilot.press("G", "v", "k", finish)
        assert app.table.marked == {2, 3, 4, 98, 99}


async def test_a_range_keeps_its_first_row_when_rows_come_above() -> None:
    app = TableApp(items(range(10, 100)))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("j", "v", "j")
        app.source.replace(items(range(5, 100)))
        app.table.refresh_rows()
        await pilot.press("v")
        assert app.table.marked == {11, 12}


async def test_a_range_ends_when_its_first_row_is_gone() -> None:
    app = TableApp(items(range(10)))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("v", "j")
        app.source.replace(items(range(1, 10)))
        app.table.refresh_rows()
        assert not app.table.ranging
        assert app.table.marked == frozenset()


async def test_all_and_none() -> None:
    app = TableApp(items(range(500)))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("ctrl+a")
        assert app.table.marked == set(range(500))
        await pilot.press("ctrl+backslash")
        assert app.table.marked == frozenset()
        assert app.screen_lines()[1][1] == " "


async def test_marks_outlive_a_filter() -> None:
    app = TableApp(items(range(10)))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("space")
        app.source.replace(items(range(5, 10)))
        app.table.refresh_rows()
        assert app.table.targets() == [0]
        app.table.unmark([0])
        assert app.table.targets() == [app.table.cursor_key] == [6]


async def test_sorting_and_reversing() -> None:
    app = TableApp(items(range(50)))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("G")
        app.table.sort_by("number")
        assert app.table.cursor_key == 0
        app.table.sort_by("number")
        assert app.table.cursor_key == 49
        assert "ID▼" in app.screen_lines()[0]
        app.table.sort_by("load")
        assert app.table.descending
        app.table.sort_by(None)
        await pilot.pause()
        assert app.table.cursor_key == 0
        told = [(e.sort, e.descending) for e in app.heard(VirtualTable.SortChanged)]
        assert told == [("number", False), ("number", True), ("load", True), (None, False)]


async def test_a_click_on_a_title_sorts() -> None:
    app = TableApp(items(range(50)))
    async with app.run_test(size=SIZE) as pilot:
        place = next(p for p in app.table.placed_columns if p.column.key == "load")
        await pilot.click("#items", offset=(place.start, 0))
        assert (app.table.sort, app.table.descending) == ("load", True)
        name = next(p for p in app.table.placed_columns if p.column.key == "name")
        await pilot.click("#items", offset=(name.start, 0))
        assert app.table.sort == "load"


async def test_an_unknown_sort_is_refused() -> None:
    app = TableApp(items(range(5)))
    async with app.run_test(size=SIZE):
        with pytest.raises(ValueError, match="sorts by 'nonsense'"):
            app.table.sort_by("nonsense")
        assert [column.key for column in app.table.sortable] == ["id", "load"]
