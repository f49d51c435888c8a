"""Searching a log on screen."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Input

from tests.ui.widgets.log_app import LogApp, numbered, until, write

SIZE = (60, 11)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "task.log"
    write(path, "".join(f"{n} {'Error here' if n % 100 == 7 else 'fine'}\n" for n in range(1000)))
    return path


async def test_slash_finds_the_latest_match_and_n_goes_on(path: Path) -> None:
    app = LogApp(path)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("slash", *"error", "enter")
        await until(pilot, lambda: app.view.match == 907)
        await until(pilot, lambda: "/error  10/10" in app.status)
        assert any(row == "907 Error here" for row in app.rows())
        assert not app.view.follow
        await pilot.press("N")
        assert app.view.match == 807
        assert any(row == "807 Error here" for row in app.rows())
        await pilot.press("n", "n")
        assert app.view.match == 7
        await pilot.press("N")
        assert app.view.match == 907


async def test_matches_are_highlighted_and_the_current_one_stands_out(path: Path) -> None:
    app = LogApp(path)
    async with app.run_test(size=SIZE) as pilot:
        write(path, "Error one\nerror two\nplain\n")
        await until(pilot, lambda: app.view.line_count == 3)
        app.log_widget.find("error")
        await until(pilot, lambda: app.view.match == 1)
        await pilot.pause()
        looks = []
        for y in range(3):
            first = next(iter(app.view.render_line(y)))
            looks.append((first.text, first.style and first.style.bgcolor))
        assert [text.strip() for text, _ in looks][:2] == ["Error", "error"]
        assert len({background for _, background in looks}) == 3


async def test_capitals_make_case_matter(path: Path) -> None:
    app = LogApp(path)
    async with app.run_test(size=SIZE) as pilot:
        app.log_widget.find("ERROR")
        await until(pilot, lambda: "not found" in app.status)
        assert app.view.match is None


async def test_a_search_takes_in_what_comes(path: Path) -> None:
    app = LogApp(path)
    async with app.run_test(size=SIZE) as pilot:
        app.log_widget.find("error")
        await until(pilot, lambda: app.view.match == 907)
        with path.open("a") as file:
            file.write("new error")
        await until(pilot, lambda: "10/11" in app.status)
        await pilot.press("n")
        assert app.view.match == 1000


async def test_a_search_begins_anew_in_a_replaced_file(path: Path) -> None:
    app = LogApp(path)
    async with app.run_test(size=SIZE) as pilot:
        app.log_widget.find("error")
        await until(pilot, lambda: app.view.match == 907)
        write(path, numbered(0, 10) + "an error\n")
        await until(pilot, lambda: "/1 " in app.status)
        await pilot.press("n")
        assert app.view.match == 10


async def test_escape_closes_the_search_line_then_the_search_then_goes_on(path: Path) -> None:
    app = LogApp(path)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("n")
        assert app.came_through == ["n"]
        await pilot.press("slash", *"fnw", "escape")
        assert app.query_one(Input).value == "fnw"
        assert app.focused is app.view
        assert app.view.follow
        await pilot.press("slash", *"fine", "enter")
        await until(pilot, lambda: app.view.match is not None)
        await pilot.press("escape")
        assert app.view.search is None
        assert app.came_through == ["n"]
        await pilot.press("escape")
        assert app.came_through == ["n", "escape"]


async def test_the_last_search_is_offered_again(path: Path) -> None:
    app = LogApp(path)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("slash", *"error", "enter", "slash")
        assert app.query_one(Input).value == "error"
        await pilot.press(*"fine")
        assert app.query_one(Input).value == "fine"


async def test_a_match_in_wrapped_lines_is_on_the_page(path: Path) -> None:
    write(path, "".join(f"{n} {'z' * 200}{' needle' * (n == 50)}\n" for n in range(100)))
    app = LogApp(path)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("w", "g")
        app.log_widget.find("needle")
        await until(pilot, lambda: app.view.match == 50)
        assert any("needle" in row for row in app.rows())
