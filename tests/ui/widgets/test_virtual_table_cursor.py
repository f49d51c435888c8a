"""The cursor of a virtual table: keys, mouse, and staying on its row."""

from __future__ import annotations

import pytest

from clearq_tui.ui.widgets.virtual_table import VirtualTable
from tests.ui.widgets.table_app import TableApp, items

SIZE = (80, 12)
PAGE = 11


@pytest.mark.parametrize(
    ("keys", "index"),
    [
        ("j j down", 3),
        ("j j k up", 0),
        ("G", 99),
        ("G g", 0),
        ("end home", 0),
        ("ctrl+d", PAGE // 2),
        ("pagedown", PAGE),
        ("pagedown pageup", 0),
        ("G ctrl+u", 99 - 6),
        ("k", 0),
        ("G j", 99),
    ],
)
async def test_keys_move_the_cursor(keys: str, index: int) -> None:
    app = TableApp(items(range(100)))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press(*keys.split())
        assert app.table.cursor_index == index
        assert app.table.cursor_key == index
        line = app.line_of(index)
        assert line is not None
        assert app.screen_lines()[line].startswith("▌")


async def test_the_cursor_stays_on_its_key_when_rows_come_above() -> None:
    app = TableApp(items(range(10, 100)))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("j", "j")
        app.source.replace(items(range(7, 100)))
        app.table.refresh_rows()
        await pilot.pause()
        assert (app.table.cursor_key, app.table.cursor_index) == (12, 5)


async def test_the_page_stands_still_when_rows_come_above() -> None:
    app = TableApp(items(range(200, 400)))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("pagedown", "pagedown", "pagedown", "k", "k", "k", "k", "k")
        before = app.screen_lines()
        app.source.replace(items(range(195, 400)))
        app.table.refresh_rows()
        await pilot.pause()
        assert app.screen_lines() == before


async def test_at_the_top_new_rows_are_seen() -> None:
    app = TableApp(items(range(10, 100)))
    async with app.run_test(size=SIZE) as pilot:
        app.source.replace(items(range(9, 100)))
        app.table.refresh_rows()
        await pilot.pause()
        assert app.line_of(9) == 1
        assert app.table.cursor_key == 10


async def test_a_key_that_moved_far_is_followed() -> None:
    app = TableApp(items(range(1000)))
    async with app.run_test(size=SIZE) as pilot:
        rows = items(range(1, 1000))
        app.source.replace([*rows, *items([0])])
        app.table.refresh_rows()
        await pilot.pause()
        assert (app.table.cursor_key, app.table.cursor_index) == (0, 999)
        assert app.line_of(0) == PAGE


async def test_a_row_that_is_gone_leaves_the_cursor_near() -> None:
    app = TableApp(items(range(20)))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("j", "j", "j")
        app.source.replace(items([0, 1, 2, *range(4, 20)]))
        app.table.refresh_rows()
        await pilot.pause()
        assert (app.table.cursor_key, app.table.cursor_index) == (4, 3)
        app.source.replace(items([0, 1]))
        app.table.refresh_rows()
        await pilot.pause()
        assert app.table.cursor_key == 1


async def test_a_list_may_become_empty_and_full_again() -> None:
    app = TableApp(items(range(5)))
    async with app.run_test(size=SIZE) as pilot:
        app.source.replace([])
        app.table.refresh_rows()
        await pilot.pause()
        assert app.table.cursor_key is None
        assert app.table.cursor_row is None
        assert app.table.targets() == []
        await pilot.press("j", "G", "space", "v", "enter", "ctrl+a", "ctrl+d")
        assert any("Nothing yet." in line for line in app.screen_lines())
        app.source.replace(items([7]))
        app.table.refresh_rows()
        await pilot.pause()
        assert app.table.targets() == [7]
        assert app.line_of(7) == 1


async def test_reading_on_while_scrolled_away_keeps_the_cursor() -> None:
    app = TableApp(items(range(1000)))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        app.table.scroll_to(y=500, animate=False)
        await pilot.pause()
        app.table.refresh_rows()
        await pilot.pause()
        assert app.table.scroll_offset.y == 500
        assert app.table.cursor_key == 0
        row = app.table.cursor_row
        assert row is not None
        assert row.number == 0


async def test_it_tells_where_the_cursor_is_and_what_is_opened() -> None:
    app = TableApp(items(range(100)))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("j", "enter")
        await pilot.pause()
        assert [event.key for event in app.heard(VirtualTable.RowHighlighted)] == [0, 1]
        assert [event.key for event in app.heard(VirtualTable.RowSelected)] == [1]


async def test_a_click_moves_and_a_double_click_opens() -> None:
    app = TableApp(items(range(100)))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("pagedown", "pagedown")
        top = app.table.scroll_offset.y
        await pilot.click("#items", offset=(15, 4))
        assert app.table.cursor_key == top + 3
        assert not app.heard(VirtualTable.RowSelected)
        await pilot.click("#items", offset=(15, 4), times=2)
        assert [event.key for event in app.heard(VirtualTable.RowSelected)] == [top + 3]


async def test_move_to_and_another_source() -> None:
    app = TableApp(items(range(1000)))
    async with app.run_test(size=SIZE) as pilot:
        assert app.table.move_to(500)
        assert not app.table.move_to(5000)
        await pilot.pause()
        assert app.line_of(500) is not None
        even = TableApp(items(range(0, 1000, 2))).source
        app.table.set_source(even)
        await pilot.pause()
        assert (app.table.cursor_key, app.table.cursor_index) == (500, 250)
        assert app.line_of(500) is not None


async def test_unused_keys_fall_through_to_the_screen() -> None:
    app = TableApp(items(range(10)))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("l", "escape")
        assert app.came_through == ["l", "escape"]
        await pilot.press("v", "escape")
        assert app.came_through == ["l", "escape"]
        assert not app.table.ranging
