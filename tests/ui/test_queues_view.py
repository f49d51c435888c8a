"""The Queues view through its keys, on a real store."""

from __future__ import annotations

from pathlib import Path

import pytest

from clearq_tui.model import Queue, TaskState
from clearq_tui.operations import workers as worker_operations
from clearq_tui.store import queues, settings, tasks
from clearq_tui.store.tasks import TaskFilter, TaskSort
from clearq_tui.ui.sources.queue_tasks import QueueTasks
from tests.ui.task_app import Opened, opened
from tests.ui.task_world import TaskWorld, busy_world, new_world


@pytest.fixture
def world(tmp_path: Path) -> TaskWorld:
    return busy_world(tmp_path / "home")


def queue(world: TaskWorld, name: str) -> Queue:
    found = queues.by_name(world.store, name)
    assert found is not None, f"there is no queue {name}"
    return found


def waiting(world: TaskWorld, name: str) -> list[str]:
    """The names of the tasks that wait in a queue, in its order."""
    chosen = TaskFilter(states=frozenset({TaskState.QUEUED}), queue=queue(world, name).id)
    rows = tasks.page(world.store, chosen, TaskSort.QUEUE, limit=100)
    return [row.task.name for row in rows]


async def to_queue(use: Opened, name: str) -> None:
    """Put the cursor on a queue and show its tasks."""
    names = [row.queue.name for row in queues.rows(use.world.store)]
    await use.press("left", "g", *["down"] * names.index(name))


async def in_lowprio(use: Opened) -> None:
    await to_queue(use, "lowprio")
    await use.press("right")
    await use.shown("night/0")


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
async def test_queues_say_how_they_stand(world: TaskWorld, size: tuple[int, int]) -> None:
    async with opened(world, "queues", size) as use:
        assert use.lines("train", "● open", " 14 ", " 3 ")
        assert use.lines("lowprio", "‖ paused", " 3 ")
        assert use.lines("services", "○ unserved")
        await to_queue(use, "train")
        await use.shown("sweep/00", "vit-b16/lr.3")
        assert use.lines(" 1 ", "#8 ", "sweep/00")
        assert use.lines(" 2 ", "#9 ", "sweep/01")


def test_places_count_only_those_that_wait(world: TaskWorld) -> None:
    shown = QueueTasks(world.store, queue(world, "train").id, now=lambda: world.now)
    rows = shown.window(1, 4, None, False)
    assert [(row.task.name, shown.place(row)) for row in rows] == [
        ("resnet50/lr.3", ""), ("bert/large", ""), ("sweep/00", "1"), ("sweep/01", "2"),
    ]  # fmt: skip
    assert [shown.place(row) for row in shown.window(8, 2, None, False)] == ["6", "7"]
    assert [shown.place(row) for row in shown.window(0, 9, "name", False)] == [""] * 9
    assert [shown.place(row) for row in shown.window(0, 9, None, True)] == [""] * 9


async def test_the_line_below_says_why_a_task_waits(world: TaskWorld) -> None:
    async with opened(world, "queues") as use:
        await in_lowprio(use)
        await use.shown("waits: Queue lowprio is paused")
        await to_queue(use, "train")
        await use.press("right", "G")
        await use.shown("#21 waits: 13 ahead of it in train; gpu-a01 and gpu-a02 are busy.")


async def test_shift_moves_a_task_and_the_cursor_stays_on_it(world: TaskWorld) -> None:
    async with opened(world, "queues") as use:
        await in_lowprio(use)
        await use.press("J")
        assert waiting(world, "lowprio") == ["night/1", "night/0", "night/2"]
        await use.press("J")
        assert waiting(world, "lowprio") == ["night/1", "night/2", "night/0"]
        await use.press("K")
        assert waiting(world, "lowprio") == ["night/1", "night/0", "night/2"]
        await use.press("T")
        assert waiting(world, "lowprio") == ["night/0", "night/1", "night/2"]
        await use.press("B")
        assert waiting(world, "lowprio") == ["night/1", "night/2", "night/0"]
        await use.shown("#22 waits")


async def test_marked_tasks_move_together(world: TaskWorld) -> None:
    async with opened(world, "queues") as use:
        await in_lowprio(use)
        await use.press("down", "space", "space", "T")
        assert waiting(world, "lowprio") == ["night/1", "night/2", "night/0"]


async def test_in_another_order_nothing_is_moved_and_that_is_said(world: TaskWorld) -> None:
    async with opened(world, "queues") as use:
        await in_lowprio(use)
        await use.press("o", "n", "J")
        await use.shown("Tasks are moved in the queue's own order")
        assert waiting(world, "lowprio") == ["night/0", "night/1", "night/2"]
        await use.press("o", "o", "J")
        assert waiting(world, "lowprio") == ["night/1", "night/0", "night/2"]


async def test_pause_and_go_on(world: TaskWorld) -> None:
    async with opened(world, "queues") as use:
        await to_queue(use, "train")
        await use.press("P")
        assert queue(world, "train").paused
        await use.shown("Queue train is paused; what runs goes on.")
        assert use.lines("train", "‖ paused")
        await use.press("P")
        assert not queue(world, "train").paused


async def test_a_new_queue_gets_the_cursor(world: TaskWorld) -> None:
    async with opened(world, "queues") as use:
        await use.press("A")
        await use.type("zoo")
        await use.press("enter")
        await use.shown("zoo", "Nothing waits here.")
        await use.press("P")
        assert queue(world, "zoo").paused


async def test_an_impossible_name_is_refused(world: TaskWorld) -> None:
    async with opened(world, "queues") as use:
        await use.press("A")
        await use.type("train")
        await use.press("enter")
        await use.shown("There already is a queue named 'train'")


async def test_rename(world: TaskWorld) -> None:
    async with opened(world, "queues") as use:
        await to_queue(use, "hpo")
        await use.press("N", "end")
        await use.type("2")
        await use.press("enter")
        await use.shown("hpo2")
        assert queues.by_name(world.store, "hpo") is None


async def test_deleting_a_queue_asks_and_keeps_its_tasks_as_drafts(world: TaskWorld) -> None:
    async with opened(world, "queues") as use:
        await to_queue(use, "lowprio")
        await use.press("delete")
        await use.shown("Delete queue lowprio", "Its 3 waiting")
        await use.press("enter")
        assert waiting(world, "lowprio")
        await use.press("delete", "y")
        await use.gone("lowprio")
        assert queues.by_name(world.store, "lowprio") is None
        assert use.named("night/0").state is TaskState.DRAFT


async def test_delete_among_the_tasks_is_about_the_task(world: TaskWorld) -> None:
    async with opened(world, "queues") as use:
        await in_lowprio(use)
        await use.press("delete")
        await use.shown("Delete task #22")


async def test_clearing_asks(world: TaskWorld) -> None:
    async with opened(world, "queues") as use:
        await to_queue(use, "lowprio")
        await use.press("Z")
        await use.shown("Clear queue lowprio")
        await use.press("y")
        await use.shown("Nothing waits here.")
        assert waiting(world, "lowprio") == []


async def test_the_default_queue_is_changed_by_a_star(world: TaskWorld) -> None:
    async with opened(world, "queues") as use:
        await to_queue(use, "train")
        await use.press("asterisk")
        assert settings.default_queue(world.store) == queue(world, "train").id
        await use.shown("train *")
        assert not use.lines("default *")


async def test_among_the_queues_no_key_touches_a_task(world: TaskWorld) -> None:
    async with opened(world, "queues") as use:
        await to_queue(use, "lowprio")
        await use.press("x", "R", "d", "J", "X")
        assert waiting(world, "lowprio") == ["night/0", "night/1", "night/2"]
        assert not use.app.screen.is_modal


async def test_enter_goes_to_the_tasks_and_then_into_one(world: TaskWorld) -> None:
    async with opened(world, "queues") as use:
        await to_queue(use, "lowprio")
        await use.press("enter")
        assert use.focused is not None
        assert use.focused.id == "queue-tasks"
        await use.press("enter")
        await use.shown("task #22", "Summary")
        await use.press("escape")
        await use.shown("‖ paused")


async def test_what_is_gone_from_the_queue_goes_from_the_screen(world: TaskWorld) -> None:
    async with opened(world, "queues") as use:
        await in_lowprio(use)
        await use.press("d")
        await use.gone("night/0")
        assert use.lines(" 1 ", "night/1")


async def test_a_new_task_is_offered_the_queue_under_the_cursor(world: TaskWorld) -> None:
    async with opened(world, "queues") as use:
        await to_queue(use, "hpo")
        await use.press("e")
        await use.shown("New task")
        assert use.lines("Queue", "hpo", "at the bottom")


async def test_no_queue_is_served_by_a_draining_worker(tmp_path: Path) -> None:
    world = new_world(tmp_path / "home")
    world.queued("alone", "hpo")
    worker_operations.drain(world.store, "gpu-a01", now=world.now)
    async with opened(world, "queues") as use:
        await to_queue(use, "hpo")
        await use.shown("gpu-a01 is draining and takes nothing new.")
