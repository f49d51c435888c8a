"""The chart widget: words, scale, staleness."""

from __future__ import annotations

from textual.app import App, ComposeResult

from clearq_tui.ui.widgets.braille_chart import BrailleChart, Tone


class ChartApp(App[None]):
    CSS = "#one { height: 1; } #tall { height: 4; }"

    def compose(self) -> ComposeResult:
        def percent(value: float) -> str:
            return f"{value:.0f}%"

        yield BrailleChart("GPU\x1b[2J", show=percent, high=100, span="10m", id="tall")
        yield BrailleChart("NET", tone=Tone.GOOD, id="one")

    def lines(self, name: str) -> list[str]:
        chart = self.query_one(name, BrailleChart)
        return [chart.render_line(y).text for y in range(chart.size.height)]


async def test_words_above_the_chart() -> None:
    app = ChartApp()
    async with app.run_test(size=(40, 10)) as pilot:
        app.query_one("#tall", BrailleChart).set_values([0, 50, 100, None, 74])
        await pilot.pause()
        words, *chart = app.lines("#tall")
        assert words.startswith(r"GPU\x1b[2J 74%")
        assert words.endswith("≤100% 10m")
        assert len(chart) == 3
        assert all(len(line) == 40 for line in chart)
        assert chart[2][-1] != " "


async def test_all_on_one_line_with_a_scale_that_follows() -> None:
    app = ChartApp()
    async with app.run_test(size=(40, 10)) as pilot:
        chart = app.query_one("#one", BrailleChart)
        chart.set_values([0, 0, 10, 10])
        await pilot.pause()
        assert app.lines("#one") == ["NET      10 " + " " * 26 + "⣀⣿"]
        chart.set_values([10, 10, 20, 20])
        await pilot.pause()
        assert app.lines("#one")[0].endswith("⣤⣿")


async def test_no_value_and_stale_values_say_so() -> None:
    app = ChartApp()
    async with app.run_test(size=(40, 10)) as pilot:
        assert "--" in app.lines("#tall")[0]
        app.query_one("#tall", BrailleChart).set_values([50], stale="stale 42s")
        await pilot.pause()
        assert "stale 42s" in app.lines("#tall")[0]


async def test_both_ends_of_the_scale_may_be_given() -> None:
    app = ChartApp()
    async with app.run_test(size=(60, 10)) as pilot:
        chart = app.query_one("#tall", BrailleChart)
        chart.set_values([-4, 2], value=float("nan"), span="· 2 values", ends=(-4, 2))
        await pilot.pause()
        words, *lines = app.lines("#tall")
        assert words.split() == [r"GPU\x1b[2J", "nan%", "-4%", "…", "2%", "·", "2", "values"]
        assert lines[0][-1] == "⢸"
        assert lines[2][-1] == "⣸"


async def test_a_width_of_nothing_draws_nothing() -> None:
    app = ChartApp()
    async with app.run_test(size=(4, 10)) as pilot:
        app.query_one("#one", BrailleChart).set_values([1, 2])
        await pilot.pause()
        assert [len(line) for line in app.lines("#one")] == [4]
