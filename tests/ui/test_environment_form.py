"""The line of a task's form that says how its environment is set up."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Input, Select

from clearq_tui.environment_plan import EnvironmentPlan
from clearq_tui.store import tasks
from tests.ui.task_app import Opened, opened
from tests.ui.task_world import TaskWorld, busy_world
from tests.ui.test_new_task import fill_in, newest


@pytest.fixture
def world(tmp_path: Path) -> TaskWorld:
    return busy_world(tmp_path / "home")


async def choose(use: Opened, mode: str, detail: str) -> None:
    """Choose the mode, and say what it needs."""
    use.app.screen.query_one("#mode", Select).value = mode
    await use.pilot.pause()
    if detail:
        await fill_in(use, "mode-detail", detail)


@pytest.mark.parametrize(
    ("mode", "detail", "plan"),
    [
        ("", "", EnvironmentPlan()),
        ("host", "", EnvironmentPlan(mode="host")),
        ("venv", "3.11", EnvironmentPlan(mode="venv", python="3.11")),
        ("docker", "ubuntu:24.04", EnvironmentPlan(mode="docker", image="ubuntu:24.04")),
    ],
)
async def test_the_mode_of_a_new_task(
    world: TaskWorld, mode: str, detail: str, plan: EnvironmentPlan
) -> None:
    async with opened(world) as use:
        await use.press("e")
        await fill_in(use, "command", "./run.sh")
        use.app.screen.query_one("#code", Select).value = "none"
        await fill_in(use, "name", "made here")
        await choose(use, mode, detail)
        shown = use.app.screen.query_one("#mode-detail", Input).display
        assert shown is bool(detail)
        await use.press("ctrl+j")
        number = await newest(use, "made here")
        made = tasks.get(use.app.cluster.store, number)
        assert made is not None
        assert made.plan == plan


async def test_a_version_that_makes_no_sense_leaves_the_form_open(world: TaskWorld) -> None:
    async with opened(world) as use:
        await use.press("e")
        await fill_in(use, "command", "./run.sh")
        use.app.screen.query_one("#code", Select).value = "none"
        await choose(use, "venv", "three")
        await use.press("ctrl+j")
        await use.shown("'three' is no version of Python")


async def test_code_for_a_virtual_environment_brings_what_it_needs(
    world: TaskWorld, tmp_path: Path
) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "requirements.txt").write_text("numpy>=2\n")
    async with opened(world) as use:
        await use.press("e")
        await fill_in(use, "command", "python train.py")
        await fill_in(use, "name", "made here")
        await fill_in(use, "directory", str(project))
        await choose(use, "venv", "")
        await use.press("ctrl+j")
        number = await newest(use, "made here")
        made = tasks.get(use.app.cluster.store, number)
        assert made is not None
        assert made.plan.packages is not None
        assert made.plan.packages["lines"] == ["numpy>=2"]
