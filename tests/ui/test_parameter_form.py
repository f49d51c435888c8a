"""The parameters in a task's form."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import TabbedContent

from clearq_tui.capture import capture
from clearq_tui.model import NewTask
from clearq_tui.operations.tasks import create_draft
from clearq_tui.ui.dialogs.new_task import NewTaskDialog
from clearq_tui.ui.parameter_editor import ParameterEditor
from clearq_tui.ui.screens.task import TaskScreen
from tests.ui.screen_text import until
from tests.ui.task_app import Opened, opened
from tests.ui.task_world import TaskWorld, busy_world

SOURCE = """
import argparse, os
parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.1, help="The rate.")
parser.add_argument("--mode", choices=["fast", "slow"], default="fast")
parser.parse_args()
os.environ.get("SEED", "1")
"""


@pytest.fixture
def world(tmp_path: Path) -> TaskWorld:
    return busy_world(tmp_path / "home")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Code in the directory in which clearq is started."""
    place = tmp_path / "project"
    place.mkdir()
    (place / "train.py").write_text(SOURCE)
    values = "".join(f"  k{number}: {number}\n" for number in range(20))
    (place / "config.yaml").write_text(f"model:\n{values}")
    monkeypatch.chdir(place)
    return place


async def change(use: Opened, target: str, value: str) -> None:
    """Type another value for one of the parameters."""
    editor = use.app.screen.query_one(ParameterEditor)
    table = editor.table
    table.focus()
    await until(
        use.pilot, lambda: table.move_to(target) and table.cursor_key == target, f"row {target}"
    )
    await use.press("enter")
    await use.shown(f"{target} = ")
    await use.press("ctrl+u")
    await use.type(value)
    await use.press("enter")


async def test_parameters_are_found_as_one_types_and_changed(
    world: TaskWorld, project: Path
) -> None:
    async with opened(world, size=(80, 24)) as use:
        await use.press("e")
        await use.type("python train.py --lr 0.5")
        await use.shown("Parameters  23 found", "--mode", "default 0.1", "Enqueue")
        await change(use, "--lr", "0.25")
        await use.shown("1 changed", "● --lr")
        assert use.lines("● --lr", "0.25", "0.5"), use.text
        await change(use, "config.yaml:model.k7", "70")
        await use.press("ctrl+j")
        await use.gone("^j enqueue")
        made = use.named("python train.py --lr 0.5")
        assert made.overrides == {"--lr": "0.25", "config.yaml:model.k7": "70"}
        assert made.command == ("python", "train.py", "--lr", "0.5")


async def test_what_cannot_be_is_said_where_it_is_typed(world: TaskWorld, project: Path) -> None:
    async with opened(world) as use:
        await use.press("e")
        await use.type("python train.py")
        await use.shown("23 found")
        await change(use, "--mode", "medium")
        await use.shown("--mode cannot be 'medium'; expected one of fast, slow.")
        await use.press("escape")
        await use.gone("--mode = ")
        assert not use.app.screen.query_one(ParameterEditor).overrides
        await change(use, "--mode", "slow")
        await use.shown("1 changed")
        await use.press("backspace")
        await use.gone("1 changed")
        await use.press("slash")
        await use.type("k1")
        await use.gone("--mode")
        await use.press("escape")
        await use.shown("--mode")
        await use.press("escape")
        await use.gone("^j enqueue")


async def test_a_change_that_lost_its_parameter_is_refused(world: TaskWorld, project: Path) -> None:
    async with opened(world) as use:
        await use.press("e")
        await use.type("python train.py")
        await use.shown("23 found")
        await change(use, "--lr", "0.25")
        use.app.screen.query_one("#command").focus()
        await use.press("ctrl+u")
        await use.type("python other.py")
        await use.shown("not found any more")
        await use.press("ctrl+j")
        await use.shown("The task has no parameter --lr.", "^j enqueue")


async def test_a_clone_shows_what_its_original_has_and_what_is_overridden(
    world: TaskWorld, project: Path, tmp_path: Path
) -> None:
    snapshot = capture(project, tmp_path / "home" / "snapshots").to_json()
    (project / "train.py").write_text("")
    new = NewTask(
        ("python", "train.py"), "with parameters", snapshot=snapshot, overrides={"--lr": "0.2"}
    )
    number = create_draft(world.store, new, now=world.now)
    async with opened(world) as use:
        use.app.push_screen(NewTaskDialog(clone_of=number))
        await use.shown("1 changed", "● --lr")
        assert use.lines("● --lr", "0.2", "0.1"), use.text
        await change(use, "--mode", "slow")
        await use.press("ctrl+s")
        await use.gone("^j enqueue")
        copy = use.task(number + 1)
        assert copy.overrides == {"--lr": "0.2", "--mode": "slow"}


async def test_a_form_that_is_closed_while_it_looks_is_no_trouble(
    world: TaskWorld, project: Path
) -> None:
    async with opened(world) as use:
        for pause in (0.0, 0.27):
            await use.press("e")
            await use.type("python train.py")
            await use.pilot.pause(pause)
            await use.press("escape")
            await use.gone("^j enqueue")
        await use.pilot.pause(0.3)


async def test_a_command_without_parameters_shows_none(world: TaskWorld, project: Path) -> None:
    (project / "config.yaml").unlink()
    async with opened(world) as use:
        await use.press("e")
        await use.type("make all")
        await use.pilot.pause(0.5)
        assert "Parameters" not in use.text


async def test_the_view_of_a_task_shows_overridden_beside_original(
    world: TaskWorld, project: Path, tmp_path: Path
) -> None:
    snapshot = capture(project, tmp_path / "home" / "snapshots").to_json()
    new = NewTask(("python", "train.py"), "p", snapshot=snapshot, overrides={"--lr": "0.2"})
    number = create_draft(world.store, new, now=world.now)
    async with opened(world, size=(80, 24)) as use:
        use.app.push_screen(TaskScreen(number))
        await use.shown("overridden  --lr=0.2")
        use.app.screen.query_one(TabbedContent).active = "parameters"
        await use.shown("ORIGINAL", "● --lr", "train.py:4", "config.yaml:model.k0")
        assert use.lines("● --lr", "0.2", "0.1"), use.text
        await use.press("slash")
        await use.type("*")
        await use.shown("1 of 23 found, 1 changed")
        assert not use.lines("config.yaml")
