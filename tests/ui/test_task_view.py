"""The opened task: summary, live log, history."""

from __future__ import annotations

from pathlib import Path

import pytest

from clearq_tui.model import TaskState
from clearq_tui.operations import tasks as operations
from clearq_tui.ui.widgets.log_view import LogView
from clearq_tui.ui.widgets.virtual_table import VirtualTable
from tests.ui.task_app import Opened, opened
from tests.ui.task_world import TaskWorld, busy_world


@pytest.fixture
def world(tmp_path: Path) -> TaskWorld:
    return busy_world(tmp_path / "home")


async def open_task(use: Opened, number: int, key: str = "enter") -> None:
    assert use.app.screen.query_one(VirtualTable).move_to(number)
    await use.press(key)
    await use.shown(f"task #{number}")


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
async def test_the_summary_says_all_of_a_running_task(
    world: TaskWorld, size: tuple[int, int]
) -> None:
    async with opened(world, size=size) as use:
        await open_task(use, 2)
        await use.shown(
            "● running on gpu-a01", "31m30", "python train.py --run vit-b16/lr.3",
            "main @4f2a91c + 1 staged, 2 unstaged, 4 untracked", "git@example.org:lab/vision",
            "WANDB_MODE=offline", "killed: out of memory (64 GiB)",
        )  # fmt: skip
        assert use.lines(" 1 ", "✗ failed", "gpu-a02", "137")
        assert use.lines(" 2 ", "● running", "gpu-a01")


async def test_a_waiting_task_says_why_and_where(world: TaskWorld) -> None:
    async with opened(world) as use:
        await open_task(use, 23)
        await use.shown("place 2 in lowprio", "Queue lowprio is paused", "No attempt yet.")


async def test_a_long_command_wraps_below_itself(world: TaskWorld) -> None:
    words = [f"--option-{number}=value" for number in range(12)]
    number = world.queued("long", "train", "python", "train.py", *words)
    async with opened(world, size=(80, 30)) as use:
        await open_task(use, number)
        await use.shown("--option-11=value")
        (line,) = use.lines("--option-11=value")
        assert line.startswith(" " * 14 + "--option")


async def test_the_log_is_shown_and_grows(world: TaskWorld) -> None:
    async with opened(world) as use:
        await open_task(use, 2, "l")
        await use.shown("epoch 30/90", "FOLLOW")
        with world.home.attempt_log(2, 2).open("a") as log:
            log.write("epoch 31/90 loss 0.01\n")
        await use.shown("epoch 31/90 loss 0.01", "33 lines")


async def test_a_log_cannot_act_on_the_terminal(world: TaskWorld) -> None:
    async with opened(world) as use:
        await open_task(use, 2, "l")
        with world.home.attempt_log(2, 2).open("a") as log:
            log.write("\x1b]52;c;aGk=\x07evil \x1b[2J\n")
        await use.shown("evil")
        assert "\x1b" not in use.text


async def test_the_log_of_an_earlier_try(world: TaskWorld) -> None:
    world.write_log("2.1", ["out of memory"])
    async with opened(world) as use:
        await open_task(use, 2)
        await use.press("comma")
        await use.shown("out of memory", "Log of try 1/2")
        await use.press("full_stop")
        await use.shown("epoch 30/90", "Log of try 2/2")


async def test_brackets_go_through_the_tabs(world: TaskWorld) -> None:
    async with opened(world) as use:
        await open_task(use, 2)
        await use.press("right_square_bracket")
        await use.shown("FOLLOW")
        focused = [type(use.focused)]
        await use.press("right_square_bracket")
        await use.shown("No scalars yet.")
        await use.press("right_square_bracket")
        await use.shown("PARAMETER", "--run")
        await use.press("right_square_bracket")
        await use.shown("$CLEARQ_OUTPUT")
        focused.append(type(use.focused))
        await use.press("right_square_bracket")
        await use.shown("controller", "WHO")
        focused.append(type(use.focused))
        await use.press("right_square_bracket")
        await use.shown("environment")
        await use.press("left_square_bracket")
        await use.shown("WHO")
        assert focused == [LogView, VirtualTable, VirtualTable]


async def test_the_history_names_who_where_and_why(world: TaskWorld) -> None:
    async with opened(world) as use:
        await open_task(use, 2)
        await use.press("left_square_bracket")
        await use.shown("WHO")
        assert use.lines("✗ failed", "gpu-a02", "killed: out of memory")
        assert use.lines("◔ leased", "controller", "on gpu-a01")
        assert use.lines("○ queued", "operator", "in train")


async def test_the_view_follows_the_task(world: TaskWorld) -> None:
    async with opened(world) as use:
        await open_task(use, 5)
        await use.shown("● running on gpu-a02")
        world.tell("gpu-a02", "5.1", "ended", outcome="failed", exit_code=3, signal=None, reason="")
        await use.shown("✗ failed", "exit 3")


async def test_an_abort_that_is_asked_for_is_shown(world: TaskWorld) -> None:
    async with opened(world) as use:
        await open_task(use, 2)
        await use.press("x")
        await use.shown("Abort task #2")
        await use.press("y")
        await use.shown("asked to end")


async def test_a_retry_of_the_open_task_shows_its_next_log(world: TaskWorld) -> None:
    async with opened(world) as use:
        await open_task(use, 1, "l")
        await use.press("R")
        await use.becomes(1, TaskState.QUEUED)
        world.tell("gpu-a02", "5.1", "ended", outcome="completed", exit_code=0)
        world.write_log(world.running(1, "gpu-a02"), ["the second time"])
        await use.shown("the second time")


async def test_a_task_without_a_log_says_so(world: TaskWorld) -> None:
    async with opened(world) as use:
        await open_task(use, 23, "l")
        await use.shown("Nothing written yet.")


async def test_a_task_that_is_deleted_meanwhile(world: TaskWorld) -> None:
    async with opened(world) as use:
        await open_task(use, 1)
        operations.remove(world.store, [1], now=world.now)
        await use.shown("The task is deleted.")
        await use.press("x", "R", "c", "escape")
        await use.shown("resnet50/lr.3")


async def test_escape_goes_back_to_the_list(world: TaskWorld) -> None:
    async with opened(world) as use:
        await open_task(use, 2)
        await use.press("escape")
        await use.shown("COMMAND, OR WHY")
