"""What a virtual table reads and paints: only what is on screen, and nothing that can bite."""

from __future__ import annotations

import pytest
from textual.geometry import Region

from tests.ui.widgets.table_app import Item, TableApp, items

SIZE = (80, 12)


class WatchedApp(TableApp):
    """Records which lines of the table are asked to be painted."""

    def __init__(self, rows: list[Item]) -> None:
        super().__init__(rows)
        self.painted: list[int] = []

    def watch_painting(self) -> None:
        refresh = self.table.refresh

        def watched(*regions: Region, **options: bool) -> object:
            height = self.table.size.height
            for region in regions or (Region(0, 0, 1, height),):
                self.painted.extend(range(region.y, region.bottom))
            return refresh(*regions, **options)

        self.table.refresh = watched  # type: ignore[method-assign,assignment]


async def test_a_hundred_thousand_rows_cost_a_few_windows() -> None:
    app = TableApp(items(range(100_000)))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("G", "g", "j")
        assert len(set(app.rendered)) < 4 * SIZE[1]
        assert max(limit for _, limit in app.source.reads) <= 3 * SIZE[1]
        assert len(app.source.reads) < 10


async def test_a_refresh_is_one_read() -> None:
    app = TableApp(items(range(1000)))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("pagedown", "pagedown")
        app.source.reads.clear()
        app.table.refresh_rows()
        await pilot.pause()
        assert len(app.source.reads) == 1


async def test_only_changed_lines_are_painted_and_rendered() -> None:
    rows = items(range(1000))
    app = WatchedApp(rows)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        app.watch_painting()
        app.rendered.clear()
        app.source.replace([*rows[:4], rows[4].named("item-4 new"), *rows[5:]])
        app.table.refresh_rows()
        await pilot.pause()
        assert app.painted == [5]
        assert app.rendered == [4]
        assert app.line_of(4) == 5


async def test_an_unchanged_list_paints_nothing() -> None:
    app = WatchedApp(items(range(1000)))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        app.watch_painting()
        app.table.refresh_rows()
        await pilot.pause()
        assert app.painted == []


async def test_what_was_rendered_is_kept() -> None:
    app = TableApp(items(range(1000)))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("pagedown", "pagedown", "g")
        app.rendered.clear()
        await pilot.press("j")
        assert sorted(app.rendered) in ([1], [0, 1])
        app.rendered.clear()
        await pilot.press("k", "pagedown", "pagedown", "g")
        assert app.rendered == []


async def test_rows_that_went_are_painted_over() -> None:
    app = TableApp(items(range(5)))
    async with app.run_test(size=SIZE) as pilot:
        app.source.replace(items(range(2)))
        app.table.refresh_rows()
        await pilot.pause()
        assert app.screen_lines()[3:] == [""] * 9


async def test_columns_drop_by_priority_and_come_back() -> None:
    app = TableApp(items(range(5)))
    async with app.run_test(size=SIZE) as pilot:
        assert "NOTE" in app.screen_lines()[0]
        await pilot.resize_terminal(40, 12)
        await pilot.pause()
        assert "NOTE" not in app.screen_lines()[0]
        assert "LOAD" in app.screen_lines()[0]
        await pilot.resize_terminal(25, 12)
        await pilot.pause()
        assert app.screen_lines()[0].split() == ["ID", "NAME"]
        await pilot.resize_terminal(120, 12)
        await pilot.pause()
        assert app.screen_lines()[0].split() == ["ID", "NAME", "LOAD", "NOTE"]


async def test_wide_scrolls_sideways_beside_a_fixed_first_column() -> None:
    app = TableApp(items(range(5)))
    async with app.run_test(size=(40, 12)) as pilot:
        await pilot.press("w", "l", "l", "l")
        assert app.came_through == []
        assert app.table.scroll_offset.x > 0
        lines = app.screen_lines()
        assert lines[0].split()[0] == "ID"
        assert "NOTE" in lines[0]
        await pilot.press("h", "h", "h", "w")
        await pilot.pause()
        assert app.table.scroll_offset.x == 0
        assert "NOTE" not in app.screen_lines()[0]


async def test_hidden_columns() -> None:
    app = TableApp(items(range(5)))
    async with app.run_test(size=SIZE):
        app.table.hidden_columns = ["name"]
        assert app.screen_lines()[0].split() == ["ID", "LOAD", "NOTE"]


@pytest.mark.parametrize("name", ["\x1b[2J", "a\nb\rc", "\x9b31m", "\u202eevil", "\x1b]0;t\x07"])
async def test_hostile_text_reaches_no_terminal(name: str) -> None:
    app = TableApp([Item(1, name)])
    async with app.run_test(size=SIZE):
        line = app.table.render_line(1).text
        assert line.isprintable()
        assert len(line) == app.table.scrollable_content_region.width


@pytest.mark.parametrize("theme", ["textual-light", "ansi-dark", "nord"])
async def test_the_cursor_is_seen_in_every_theme(theme: str) -> None:
    app = TableApp(items(range(5)))
    async with app.run_test(size=SIZE) as pilot:
        app.theme = theme
        await pilot.pause()
        cursor, other = app.table.render_line(1), app.table.render_line(2)
        assert cursor.text.startswith("▌")
        assert [s.style for s in cursor][2] != [s.style for s in other][2]


async def test_without_colours_the_cursor_is_reversed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = TableApp(items(range(5)))
    async with app.run_test(size=SIZE):
        styles = [segment.style for segment in app.table.render_line(1)]
        assert any(style is not None and style.reverse for style in styles)
