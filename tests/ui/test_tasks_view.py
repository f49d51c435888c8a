"""The Tasks view through its keys, on a real store."""

from __future__ import annotations

from pathlib import Path

import pytest

from clearq_tui.model import TaskState
from clearq_tui.store import attempts, queues, tasks
from clearq_tui.store.tasks import TaskFilter
from clearq_tui.ui.widgets.virtual_table import VirtualTable
from tests.ui.task_app import Opened, opened
from tests.ui.task_world import TaskWorld, busy_world, new_world


@pytest.fixture
def world(tmp_path: Path) -> TaskWorld:
    return busy_world(tmp_path / "home")


def table(use: Opened) -> VirtualTable[object]:
    found: VirtualTable[object] = use.app.screen.query_one(VirtualTable)
    return found


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
async def test_every_state_has_glyph_and_word(world: TaskWorld, size: tuple[int, int]) -> None:
    async with opened(world, size=size) as use:
        if size[1] < 30:
            await use.press("G")
        assert use.lines("#1 ", "resnet50/warmup", "✓ completed")
        assert use.lines("#2 ", "● running", "gpu-a01")
        assert use.lines("#3 ", "⊘ aborted")
        assert use.lines("#4 ", "? lost")
        assert use.lines("#6 ", "◐ preparing")
        assert use.lines("#7 ", "◔ leased")
        assert use.lines("#8 ", "○ queued", "train")


async def test_a_row_says_how_long_it_ran_and_why_it_ended(world: TaskWorld) -> None:
    async with opened(world, size=(160, 40)) as use:
        assert use.lines("#1 ", "31m40", " 0 ")
        assert use.lines("#4 ", "the machine rebooted")
        assert use.lines("#2 ", "31m30")


async def test_an_empty_list_says_what_to_press(tmp_path: Path) -> None:
    async with opened(new_world(tmp_path / "home")) as use:
        assert "Press e to enqueue one." in use.text


async def test_typing_filters_and_escape_ends_it(world: TaskWorld) -> None:
    async with opened(world) as use:
        await use.press("slash")
        await use.type("bert")
        await use.shown("2 of 25")
        assert use.lines("bert/base")
        assert not use.lines("resnet50/lr.3")
        await use.press("enter", "escape")
        await use.shown("resnet50/lr.3")


async def test_fields_filter_by_state_and_queue(world: TaskWorld) -> None:
    async with opened(world) as use:
        await use.press("slash")
        await use.type("state:q queue:low")
        await use.shown("3 of 25", "night/0")
        assert not use.lines("sweep/00")


async def test_a_field_that_means_nothing_says_so(world: TaskWorld) -> None:
    async with opened(world) as use:
        await use.press("slash")
        await use.type("queue:zebra")
        await use.shown("no queue zebra")


async def test_the_last_filter_comes_back(world: TaskWorld) -> None:
    async with opened(world) as use:
        await use.press("slash")
        await use.type("night")
        await use.shown("3 of 25")
        await use.press("escape")
        await use.shown("sweep/00")
        await use.press("slash", "up")
        await use.shown("3 of 25")


async def test_f_shows_what_went_wrong_and_back(world: TaskWorld) -> None:
    async with opened(world) as use:
        await use.press("F")
        await use.shown("1 of 25", "llama-ft/7")
        await use.press("F")
        await use.shown("sweep/00")


async def test_o_and_a_letter_sort_and_the_same_again_reverses(world: TaskWorld) -> None:
    async with opened(world) as use:
        await use.press("o", "n")
        await use.shown("NAME")
        assert table(use).sort == "name"
        assert not table(use).descending
        await use.press("o", "n")
        assert table(use).descending
        await use.press("o", "o")
        assert table(use).sort is None


async def test_abort_asks_and_then_ends_a_waiting_task(world: TaskWorld) -> None:
    async with opened(world) as use:
        number = use.named("sweep/13").id
        assert table(use).move_to(number)
        await use.press("x")
        await use.shown("Abort task", f"#{number}  sweep/13  queued")
        await use.press("enter")
        await use.gone("Abort task")
        assert use.task(number).state is TaskState.QUEUED
        await use.press("x")
        await use.shown("Abort task")
        await use.press("y")
        await use.becomes(number, TaskState.ABORTED)
        await use.shown("⊘ aborted", f"Aborted task #{number}.")


async def test_kill_asks_the_machine_of_a_running_task(world: TaskWorld) -> None:
    async with opened(world) as use:
        assert table(use).move_to(2)
        await use.press("X")
        await use.shown("Kill task", "running on gpu-a01")
        await use.press("y")
        await use.gone("Kill task")
        attempt = attempts.open_of_task(world.store, 2)
        assert attempt is not None
        assert attempt.wish.value == "kill"


async def test_ended_tasks_are_not_asked_about(world: TaskWorld) -> None:
    async with opened(world) as use:
        assert table(use).move_to(1)
        await use.press("x")
        await use.shown("Task #1 is completed already.")
        assert not use.app.screen.is_modal


async def test_marks_decide_what_an_action_is_about(world: TaskWorld) -> None:
    async with opened(world) as use:
        await use.press("slash")
        await use.type("night")
        await use.shown("3 of 25")
        await use.press("enter", "ctrl+a", "d")
        for name in ("night/0", "night/1", "night/2"):
            assert use.named(name).state is TaskState.DRAFT
        await use.shown("Took 3 tasks out of the queue.")
        assert not table(use).marked


async def test_more_than_ten_need_the_number(world: TaskWorld) -> None:
    async with opened(world) as use:
        await use.press("slash")
        await use.type("sweep")
        await use.shown("14 of 25")
        await use.press("enter", "ctrl+a", "x")
        await use.shown("Abort 14 tasks", "… and 6 more")
        await use.press("y", "enter")
        assert use.named("sweep/00").state is TaskState.QUEUED
        await use.press("backspace", "1", "4", "enter")
        await use.becomes(use.named("sweep/00").id, TaskState.ABORTED)
        assert use.named("sweep/13").state is TaskState.ABORTED


async def test_retry_queues_an_ended_task_again(world: TaskWorld) -> None:
    async with opened(world) as use:
        assert table(use).move_to(4)
        await use.press("R")
        assert use.task(4).state is TaskState.QUEUED
        await use.shown("Queued task #4 again.")


async def test_a_refusal_is_a_sentence(world: TaskWorld) -> None:
    async with opened(world) as use:
        assert table(use).move_to(2)
        await use.press("R")
        await use.shown("Task #2 is running; only an ended one is retried.")


async def test_m_moves_waiting_and_queues_ended_tasks(world: TaskWorld) -> None:
    async with opened(world) as use:
        waiting = use.named("night/0").id
        table(use).mark([waiting, 1])
        await use.press("m")
        await use.shown("Move 2 tasks to queue", "lowprio", "3 waiting, paused")
        await use.press("h", "p", "enter")
        await use.shown("→ hpo.")
        hpo = queues.by_name(world.store, "hpo")
        assert hpo is not None
        assert use.task(waiting).queue == hpo.id
        assert use.task(1).queue == hpo.id
        assert use.task(1).state is TaskState.QUEUED


async def test_delete_asks_and_takes_the_task_away(world: TaskWorld) -> None:
    async with opened(world) as use:
        assert table(use).move_to(1)
        await use.press("delete")
        await use.shown("Delete task #1", "gone for good")
        await use.press("y")
        await use.gone("resnet50/warmup")
        assert tasks.get(world.store, 1) is None


async def test_a_running_task_is_not_deleted(world: TaskWorld) -> None:
    async with opened(world) as use:
        assert table(use).move_to(2)
        await use.press("delete", "y")
        await use.shown("abort it before removing it")
        assert tasks.get(world.store, 2) is not None


async def test_only_a_draft_is_edited(world: TaskWorld) -> None:
    async with opened(world) as use:
        assert table(use).move_to(1)
        await use.press("ctrl+e")
        await use.shown("only a draft can be edited")


async def test_the_command_is_copied_as_a_shell_line(world: TaskWorld) -> None:
    async with opened(world) as use:
        await use.press("C")
        assert use.app.clipboard == "bash -c 'nvidia-smi | tee out.txt'"


async def test_what_another_process_changes_is_shown(world: TaskWorld) -> None:
    async with opened(world) as use:
        world.queued("from-elsewhere", "train")
        await use.shown("from-elsewhere")


async def test_running_times_go_on(world: TaskWorld) -> None:
    async with opened(world) as use:
        await use.shown("31m30")
        world.now += 75
        await use.shown("32m45")
        (line,) = use.lines("#2 ")
        assert line.count("32m45") == 2  # how long it ran, and since when it is running


async def test_hundreds_of_tasks_are_done_in_slices_and_told_once(world: TaskWorld) -> None:
    for number in range(450):
        world.queued(f"many-{number}", "hpo")
    async with opened(world) as use:
        await use.press("slash")
        await use.type("many")
        await use.shown("450 of 475")
        await use.press("enter", "ctrl+a")
        table(use).mark([1])
        await use.press("d")
        await use.shown("Took 450 tasks out of the queue.", "Task #1 is completed")
        drafts = TaskFilter(states=frozenset({TaskState.DRAFT}), text="many")
        assert tasks.count(world.store, drafts) == 450
        assert table(use).marked == {1}
