"""The log on screen: opening, following, scrolling, growing, going away."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from clearq_tui.ui.widgets import log_file
from tests.ui.widgets.log_app import LogApp, numbered, until, write

SIZE = (60, 11)
PAGE = 10


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "task.log"


def grow(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


def remove(path: Path) -> None:
    path.unlink()


async def test_it_opens_at_the_end_and_follows(path: Path) -> None:
    write(path, numbered(0, 100))
    app = LogApp(path)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        assert app.rows() == [f"line {number}" for number in range(90, 100)]
        assert "FOLLOW ●" in app.status
        assert "100 lines" in app.status
        grow(path, numbered(100, 103))
        await until(pilot, lambda: app.rows()[-1] == "line 102")
        assert app.view.new_lines == 0


async def test_an_unfinished_line_grows_in_place(path: Path) -> None:
    write(path, "one\nloss")
    app = LogApp(path)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        assert app.rows()[:2] == ["one", "loss"]
        grow(path, " 0.5")
        await until(pilot, lambda: app.rows()[1] == "loss 0.5")
        grow(path, "\n")
        await until(pilot, lambda: app.view.line_count == 2)


async def test_scrolling_up_stops_following_and_counts_new_lines(path: Path) -> None:
    write(path, numbered(0, 100))
    app = LogApp(path)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("k", "k", "k")
        assert not app.view.follow
        before = app.rows()
        assert before[-1] == "line 96"
        grow(path, numbered(100, 105))
        await until(pilot, lambda: app.view.line_count == 105)
        await until(pilot, lambda: "↓ 5 new lines" in app.status)
        assert app.rows() == before
        await pilot.press("f")
        assert app.rows()[-1] == "line 104"
        await pilot.pause()
        assert "new" not in app.status


async def test_reading_down_to_the_end_forgets_the_new_lines(path: Path) -> None:
    write(path, numbered(0, 100))
    app = LogApp(path)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("k", "j")
        assert not app.view.follow
        grow(path, numbered(100, 103))
        await until(pilot, lambda: app.view.new_lines == 3)
        await pilot.press("pagedown")
        assert app.view.new_lines == 0
        assert app.rows()[-1] == "line 102"


@pytest.mark.parametrize(
    ("keys", "top"),
    [
        ("g", 0),
        ("home j j down", 3),
        ("g ctrl+d", PAGE // 2),
        ("g pagedown pagedown", 2 * PAGE),
        ("pageup", 90 - PAGE),
        ("ctrl+u", 90 - PAGE // 2),
        ("g G", 90),
        ("g end", 90),
    ],
)
async def test_keys_scroll(path: Path, keys: str, top: int) -> None:
    write(path, numbered(0, 100))
    app = LogApp(path)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press(*keys.split())
        assert app.rows()[0] == f"line {top}"
        assert app.view.follow == (top == 90)


async def test_following_outlives_a_resize(path: Path) -> None:
    write(path, numbered(0, 100))
    app = LogApp(path)
    async with app.run_test(size=SIZE) as pilot:
        for height in (30, 8, 20):
            await pilot.resize_terminal(60, height)
            await pilot.pause()
            assert app.view.follow
            assert app.rows()[-1] == "line 99"
            assert len(app.rows()) == height - 1


async def test_long_lines_scroll_sideways_or_wrap(path: Path) -> None:
    write(path, "short\n" + "0123456789" * 13 + "\nlast\n")
    app = LogApp(path)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        await pilot.press("l")
        assert app.rows()[1].startswith("89012")
        await pilot.press("w")
        await pilot.pause()
        rows = app.rows()
        assert rows[0] == "short"
        assert "".join(rows[1:4]) == "0123456789" * 13
        assert rows[4] == "last"
        assert "wrap" in app.status


async def test_wrapped_lines_follow_to_the_very_end(path: Path) -> None:
    write(path, "".join(f"{number} " + "x" * 150 + "END\n" for number in range(50)))
    app = LogApp(path)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("w")
        await pilot.pause()
        assert app.rows()[-1].endswith("END")
        grow(path, "50 " + "y" * 150 + "END\n")
        await until(pilot, lambda: "yEND" in app.rows()[-1])
        await pilot.press("k")
        assert not app.view.follow


async def test_a_file_that_comes_later(path: Path) -> None:
    app = LogApp(path)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        assert [row.strip() for row in app.rows() if row.strip()] == ["No log yet.", "It comes."]
        await pilot.press("j", "G", "g", "f", "w", "w", "ctrl+d")
        app.view.follow = True
        write(path, numbered(0, 3))
        await until(pilot, lambda: app.rows()[:3] == ["line 0", "line 1", "line 2"])


async def test_a_file_that_is_cut_replaced_and_removed(path: Path) -> None:
    write(path, numbered(0, 100))
    app = LogApp(path)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("g")
        write(path, "cut\n")
        await until(pilot, lambda: app.rows()[0] == "cut")
        assert app.view.line_count == 1
        other = path.with_name("other")
        write(other, "replaced, and longer than before\n")
        other.rename(path)
        await until(pilot, lambda: app.rows()[0].startswith("replaced"))
        remove(path)
        await until(pilot, lambda: any("No log yet." in row for row in app.rows()))


async def test_what_cannot_be_read_says_why(tmp_path: Path) -> None:
    app = LogApp(tmp_path)
    async with app.run_test(size=(160, 11)) as pilot:
        await pilot.pause()
        assert any("cannot be read: Is a directory" in row for row in app.rows())


async def test_another_log_is_shown_from_its_end(path: Path) -> None:
    write(path, numbered(0, 100))
    other = path.with_name("other.log")
    write(other, numbered(500, 600))
    app = LogApp(path)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("g")
        app.log_widget.open(other)
        await pilot.pause()
        assert app.view.follow
        assert app.rows()[-1] == "line 599"
        app.log_widget.open(None)
        await pilot.pause()
        assert app.view.line_count == 0


async def test_a_large_file_shows_its_tail_first_and_keeps_the_page(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_file, "AT_ONCE", 1000)
    monkeypatch.setattr(log_file, "TAIL", 500)
    monkeypatch.setattr(log_file, "COUNT_STEP", 20_000)
    write(path, numbered(0, 20_000))
    app = LogApp(path)
    async with app.run_test(size=SIZE) as pilot:
        file = log_file.LogFile(path)
        file.look()
        assert file.counted < 1
        assert file.read_lines(file.lines.line_count - 1, 10**9) == [b"line 19999"]
        assert app.rows()[-1] == "line 19999"
        await until(pilot, lambda: app.view.counted == 1)
        assert app.view.line_count == 20_000
        assert app.rows()[-1] == "line 19999"
        await pilot.press("g")
        assert app.rows()[0] == "line 0"


async def test_the_page_stands_still_when_lines_above_are_counted(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_file, "AT_ONCE", 1000)
    monkeypatch.setattr(log_file, "TAIL", 2000)
    may_count = asyncio.Event()
    count_on = log_file.LogFile.count_on

    async def count_when_allowed(file: log_file.LogFile) -> int:
        await may_count.wait()
        return await count_on(file)

    monkeypatch.setattr(log_file.LogFile, "count_on", count_when_allowed)
    write(path, numbered(0, 20_000))
    app = LogApp(path)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("pageup", "pageup")
        before = app.rows()
        assert before[0] == f"line {20_000 - 3 * PAGE}"
        assert "counting the lines above" in app.status
        may_count.set()
        await until(pilot, lambda: app.view.counted == 1)
        await pilot.pause()
        assert app.rows() == before
        assert app.view.line_count == 20_000
        assert app.view.new_lines == 0


async def test_a_line_of_many_megabytes_is_read_in_part(path: Path) -> None:
    bars = b"\r".join(b"%d%% done" % number for number in range(400_000))
    write(path, b"first\n" + b"x" * 3_000_000 + b"\n" + bars + b"\nlast\n")
    app = LogApp(path)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: app.view.line_count == 4)
        first, long, bar, last = app.rows()[:4]
        assert (first, bar, last) == ("first", "399999% done", "last")
        assert long == "x" * len(long)


async def test_the_mouse_selects_text_to_copy(path: Path) -> None:
    write(path, numbered(0, 100))
    app = LogApp(path)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        await pilot.mouse_down(app.view, offset=(5, 1))
        await pilot.hover(app.view, offset=(3, 3))
        await pilot.mouse_up(app.view, offset=(3, 3))
        assert app.screen.get_selected_text() == "91\nline 92\nline"
