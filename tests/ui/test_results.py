"""The opened task's scalars and output: charts that grow, files that come."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from clearq_tui.feed.messages import FetchGrew, ScalarsGrew
from clearq_tui.model import NewTask
from clearq_tui.operations import output_reports, tasks
from clearq_tui.operations.output_reports import Told
from clearq_tui.output_places import whole_path
from clearq_tui.store import machines, outputs
from clearq_tui.store.output_types import ListingState, OutputState
from clearq_tui.ui.feed_listener import take
from clearq_tui.ui.scalars_view import ScalarsView
from clearq_tui.ui.widgets.braille_chart import BrailleChart
from tests.ui.screen_text import until
from tests.ui.task_app import Opened, opened
from tests.ui.task_world import TaskWorld, busy_world, new_world

FILES = [("model.pt", 500 << 20, 1), ("notes.txt", 300, 1), ("samples/a.png", 2 << 20, 1)]


@pytest.fixture
def world(tmp_path: Path) -> TaskWorld:
    return busy_world(tmp_path / "home")


def listed(world: TaskWorld, *files: tuple[str, int, int]) -> None:
    """The machine of the running task says what the task has left by now."""
    machine = machines.by_name(world.store, "gpu-a01")
    assert machine is not None
    told = Told("2.2", files or FILES, skipped=2)
    output_reports.take_listing(world.store, machine.id, told, now=world.now)


def states(world: TaskWorld) -> dict[str, OutputState]:
    return {file.path: file.state for file in outputs.files(world.store, 2, 2)}


async def open_tab(use: Opened, tab: str) -> None:
    from clearq_tui.ui.screens.task import TaskScreen

    use.app.push_screen(TaskScreen(2, tab=tab))
    await use.shown("task #2")


def write_scalars(world: TaskWorld, *lines: object, attempt: int = 2) -> None:
    path = world.home.attempt_scalars(2, attempt)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_scalars_are_charts_that_grow(world: TaskWorld, size: tuple[int, int]) -> None:
    losses = [{"step": step, "loss": 1 / (1 + step), "lr": 1e-3} for step in range(500)]
    write_scalars(world, *losses)
    async with opened(world, size=size) as use:
        await open_tab(use, "scalars")
        await use.shown("2 scalars", "loss 0.002", "lr 0.001", "step 499 · 500 values", "⣿")
        write_scalars(world, {"step": 500, "loss": 7.5})
        take(use.app.cluster, ScalarsGrew(type="scalars", attempt="2.2", size=1))
        await use.shown("loss 7.5", "step 500 · 501 values")


async def test_a_chart_is_smoothed_by_a_key(world: TaskWorld) -> None:
    write_scalars(world, *({"loss": number % 2} for number in range(100)))
    async with opened(world) as use:
        await open_tab(use, "scalars")
        await use.shown("not smoothed", "loss 1", "0 … 1")
        await use.press("S")
        await use.shown("smoothing 0.6", "loss 1")
        chart = use.app.screen.query_one(BrailleChart)
        assert "0 … 1" in chart.render_line(0).text
        assert "⣿" not in chart.render_line(1).text + chart.render_line(2).text
        await use.press("S", "S", "S")
        await use.shown("not smoothed")


async def test_without_scalars_it_says_how_to_get_some(world: TaskWorld) -> None:
    async with opened(world) as use:
        await open_tab(use, "scalars")
        await use.shown("$CLEARQ_SCALARS", "--scalar loss=")
        write_scalars(world, "nonsense", {"a": float("nan")})
        await use.shown("1 scalar", "line 1: it is no JSON object", "a nan", "1 not finite")


async def test_scalars_are_found_in_the_log(tmp_path: Path) -> None:
    world = new_world(tmp_path / "home")
    new = NewTask(("train",), "regex", scalars={"loss": r"loss=(\S+)", "bad": r"(a+)+$"})
    number = tasks.enqueue(world.store, new, "train", now=world.now)
    attempt = world.running(number, "gpu-a01")
    world.write_log(attempt, ["loss=3", "a" * 60 + "!", "loss=2"] + ["a" * 60 + "!"] * 5)
    async with opened(world) as use:
        from clearq_tui.ui.screens.task import TaskScreen

        use.app.push_screen(TaskScreen(number, tab="scalars"))
        await use.shown("loss 2", "step 1 · 2 values", "takes too long")


async def test_the_scalars_of_an_earlier_try(world: TaskWorld) -> None:
    write_scalars(world, {"loss": 1})
    write_scalars(world, {"accuracy": 0.5}, attempt=1)
    async with opened(world) as use:
        await open_tab(use, "scalars")
        await use.shown("loss 1")
        await use.press("comma")
        await use.shown("accuracy 0.5")
        await use.gone("loss 1")


async def test_names_cannot_act_on_the_terminal(world: TaskWorld) -> None:
    write_scalars(world, {"\x1b[2Jevil": 1})
    async with opened(world) as use:
        await open_tab(use, "scalars")
        await use.shown("evil 1")
        assert "\x1b" not in use.text


async def test_output_is_listed_and_fetched_by_keys(world: TaskWorld) -> None:
    listed(world)
    async with opened(world) as use:
        await open_tab(use, "output")
        await use.shown("3 files, 502M", "0 here", "Output 3", "2 things that are no plain files")
        assert use.lines("model.pt", "500M", "○ there")
        await use.press("f")
        await use.shown("Fetching 1 file.", "1 coming, 500M", "◐   0%")
        assert states(world)["model.pt"] is OutputState.WANTED
        grew = FetchGrew(type="fetch", attempt="2.2", path="model.pt", done=250 << 20)
        take(use.app.cluster, grew)
        await use.shown("◐  50% ████")
        await use.press("U")
        await use.shown("1 file no longer wanted.")
        await use.press("F")
        await use.shown("Fetching 3 files.", "3 coming")
        assert set(states(world).values()) == {OutputState.WANTED}


async def test_what_has_arrived_and_what_failed_is_said(world: TaskWorld) -> None:
    listed(world)
    machine = machines.by_name(world.store, "gpu-a01")
    assert machine is not None
    model, notes, _ = outputs.files(world.store, 2, 2)
    async with opened(world, size=(160, 40)) as use:
        await open_tab(use, "output")
        await use.press("F")
        await use.shown("3 coming")
        output_reports.take_whole(world.store, machine.id, [(notes, "0" * 64)])
        output_reports.take_failure(world.store, model, "The machine cannot send it: gone.")
        await use.shown("1 here", "1 coming", "● here", "✗ failed", "cannot send it: gone")
        # Fetched again where the operator has removed it from the laptop.
        await use.press("down", "f")
        await use.shown("Fetching 1 file.")
        path = whole_path(world.home, 2, 2, "notes.txt")
        path.parent.mkdir(parents=True)
        path.touch()
        output_reports.take_whole(world.store, machine.id, [(notes, "0" * 64)])
        await use.shown("1 here")
        await use.press("f")
        await use.shown("1 file here already.")


async def test_looking_at_the_output_of_a_running_task_asks_its_machine(world: TaskWorld) -> None:
    async with opened(world) as use:
        await open_tab(use, "output")
        await use.shown("Asking its machine…")
        listed(world, ("first", 1, 1))
        await use.shown("1 file, 1B", "u asks its machine again")
        await use.press("u")
        await use.shown("asking its machine…")
        assert outputs.listing(world.store, 2, 2).state is ListingState.WANTED


async def test_a_task_without_output(world: TaskWorld) -> None:
    async with opened(world) as use:
        from clearq_tui.ui.screens.task import TaskScreen

        use.app.push_screen(TaskScreen(23, tab="output"))
        await use.shown("No output.", "$CLEARQ_OUTPUT")
        await use.press("f", "F", "u", "U", "y")
        use.app.pop_screen()
        view = use.app.screen
        assert not view.query(ScalarsView)


async def test_strange_names_are_shown_harmless(world: TaskWorld) -> None:
    listed(world, (b"\xff\x1b[2J\n".decode("utf-8", "surrogateescape"), 1, 1))
    async with opened(world) as use:
        await open_tab(use, "output")
        await use.shown("1 file, 1B")
        assert "\x1b" not in use.text
        await use.press("f")
        await until(
            use.pilot,
            lambda: set(states(world).values()) == {OutputState.WANTED},
            "the strange file to be wanted",
        )
        await use.press("y")
        await use.shown("Copied its path")
