"""The form of a task: enqueue, clone, edit."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from textual.widgets import Input

from clearq_tui.capture import snapshot_from_json
from clearq_tui.model import TaskState
from clearq_tui.store import queues, tasks
from clearq_tui.store.tasks import TaskFilter, TaskSort
from clearq_tui.ui.widgets.virtual_table import VirtualTable
from tests.ui.task_app import Opened, opened
from tests.ui.task_world import SNAPSHOT, TaskWorld, busy_world


@pytest.fixture
def world(tmp_path: Path) -> TaskWorld:
    return busy_world(tmp_path / "home")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with one commit, one change and one new file, in which clearq is started."""
    place = tmp_path / "project"
    place.mkdir()
    who = ["-c", "user.name=x", "-c", "user.email=x@example.org"]

    def git(*arguments: str) -> None:
        subprocess.run(["git", *who, *arguments], cwd=place, check=True, capture_output=True)

    git("init", "--initial-branch=main")
    (place / "train.py").write_text("print(1)\n")
    git("add", ".")
    git("commit", "-m", "first")
    (place / "train.py").write_text("print(2)\n")
    (place / "new.py").write_text("")
    monkeypatch.chdir(place)
    return place


async def fill_in(use: Opened, field: str, text: str) -> None:
    """Put text into a field."""
    box = use.app.screen.query_one(f"#{field}", Input)
    box.focus()
    box.value = ""
    await use.pilot.pause()
    await use.type(text)


async def newest(use: Opened, name: str) -> int:
    """The id of the task that the form made."""
    await use.gone("^j enqueue")
    return use.named(name).id


async def open_on(use: Opened, number: int, key: str) -> None:
    assert use.app.screen.query_one(VirtualTable).move_to(number)
    await use.press(key)
    await use.shown("^j enqueue")


async def test_enqueue_brings_the_code_where_clearq_was_started(
    world: TaskWorld, project: Path
) -> None:
    async with opened(world) as use:
        await use.press("e")
        await use.shown("New task", "git: main @", "+ 2 changes")
        await use.type("python train.py --lr 0.1")
        await use.press("ctrl+j")
        number = await newest(use, "python train.py --lr 0.1")
        made = use.task(number)
        assert made.command == ("python", "train.py", "--lr", "0.1")
        assert made.state is TaskState.QUEUED
        captured = snapshot_from_json(made.snapshot)
        assert captured.root.branch == "main"
        assert (captured.counts.unstaged, captured.counts.untracked) == (1, 1)
        await use.shown(f"Enqueued task #{number}.")


async def test_all_fields_reach_the_task(world: TaskWorld, project: Path) -> None:
    async with opened(world, "queues") as use:
        await use.press("left", "g", "down", "e")
        await use.shown("New task")
        await fill_in(use, "command", "python a.py")
        await fill_in(use, "name", "fine name")
        await fill_in(use, "environment", "SEED=1 NOTE='two words'")
        await use.press("ctrl+t", "ctrl+j")
        made = use.task(await newest(use, "fine name"))
        hpo = queues.by_name(world.store, "hpo")
        assert hpo is not None
        assert made.queue == hpo.id
        assert made.environment == {"SEED": "1", "NOTE": "two words"}


async def test_at_the_top_comes_before_all_others(world: TaskWorld, project: Path) -> None:
    async with opened(world, "queues") as use:
        await use.press("left", "G", "e")
        await use.shown("New task")
        await fill_in(use, "command", "first")
        await use.press("ctrl+t")
        await use.shown("at the top")
        await use.press("ctrl+j")
        number = await newest(use, "first")
        train = queues.by_name(world.store, "train")
        assert train is not None
        waiting = TaskFilter(states=frozenset({TaskState.QUEUED}), queue=train.id)
        assert tasks.ids(world.store, waiting, TaskSort.QUEUE)[0] == number


async def test_a_pipeline_runs_in_a_shell_and_the_form_says_so(
    world: TaskWorld, project: Path
) -> None:
    async with opened(world) as use:
        await use.press("e")
        await use.type("python a.py | tee out")
        await use.shown("runs in a shell")
        await use.press("ctrl+j")
        await use.gone("^j enqueue")
        (row,) = tasks.page(world.store, TaskFilter(text="tee out"), descending=True, limit=1)
        assert row.task.command == ("sh", "-c", "python a.py | tee out")


@pytest.mark.parametrize(
    ("field", "text", "problem"),
    [
        ("command", "", "Say what the task is to run"),
        ("command", "python 'x", "The command cannot be read: no closing quotation."),
        ("environment", "SEED", "'SEED' is no variable"),
        ("directory", "~/not/there", "not/there does not exist."),
    ],
)
async def test_a_problem_leaves_the_form_open(
    world: TaskWorld, project: Path, field: str, text: str, problem: str
) -> None:
    before = tasks.count(world.store, TaskFilter())
    async with opened(world, size=(160, 40)) as use:
        await use.press("e")
        await use.type("python a.py")
        await fill_in(use, field, text)
        await use.press("ctrl+j")
        await use.shown(problem, "^j enqueue")
        assert tasks.count(world.store, TaskFilter()) == before


async def test_escape_makes_nothing(world: TaskWorld, project: Path) -> None:
    before = tasks.count(world.store, TaskFilter())
    async with opened(world) as use:
        await use.press("e")
        await use.type("python a.py")
        await use.press("escape")
        await use.gone("^j enqueue")
        assert tasks.count(world.store, TaskFilter()) == before


async def test_a_clone_is_prefilled_and_keeps_the_code(world: TaskWorld, project: Path) -> None:
    async with opened(world) as use:
        await open_on(use, 23, "c")
        await use.shown("Clone #23", "as in #23", "main @4f2a91c", "WANDB_MODE=offline")
        assert use.lines("Queue", "lowprio")
        await fill_in(use, "name", "again")
        await use.press("ctrl+j")
        made = use.task(await newest(use, "again"))
        assert made.clone_of == 23
        assert made.command == use.task(23).command
        assert made.snapshot == SNAPSHOT
        assert made.queue == use.task(23).queue
        assert made.state is TaskState.QUEUED


async def test_a_command_that_no_line_can_say_is_cloned_as_it_is(
    world: TaskWorld, project: Path
) -> None:
    number = world.queued("odd", "train", "printf", "a\tb\x1b[0m", "$HOME")
    async with opened(world) as use:
        await open_on(use, number, "c")
        await fill_in(use, "name", "odd too")
        await use.press("ctrl+j")
        made = use.task(await newest(use, "odd too"))
        assert made.command == ("printf", "a\tb\x1b[0m", "$HOME")


async def test_a_draft_is_saved_and_edited(world: TaskWorld, project: Path) -> None:
    async with opened(world) as use:
        await use.press("e")
        await use.type("python a.py")
        await fill_in(use, "name", "rough")
        await use.press("ctrl+s")
        number = await newest(use, "rough")
        assert use.task(number).state is TaskState.DRAFT
        await use.shown("rough")
        await open_on(use, number, "ctrl+e")
        await use.shown(f"Edit #{number}")
        await fill_in(use, "name", "fine")
        await use.press("ctrl+j")
        await use.becomes(number, TaskState.QUEUED)
        assert use.task(number).name == "fine"
