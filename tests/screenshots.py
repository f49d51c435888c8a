"""Pictures of the running app, for the manual: `python -m tests.screenshots [directory]`.

The app is the real one, on a cluster made up at one moment, so that the same code gives the same
pictures. Only the controller is left out: its notices are given by hand.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from textual.pilot import Pilot
from textual.widgets import Input, Select

from clearq_tui.paths import Home
from clearq_tui.ui.app import ClearqApp
from clearq_tui.ui.controller_state import ControllerPhase, ControllerState
from tests.ui import scene
from tests.ui.screen_text import until_shown

_FONTS: Final = "ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
_SSH_CONFIG: Final = """
Host bastion gpu-a01 gpu-a02 gpu-a03 gpu-b01 gpu-b02 gpu-b03
Host gpu-f01 gpu-f02 gpu-f03
  ProxyJump bastion
"""
_PERSON: Final = {
    f"GIT_{role}_{what}": value
    for role in ("AUTHOR", "COMMITTER")
    for what, value in (
        ("NAME", "Ada"),
        ("EMAIL", "ada@example.org"),
        ("DATE", "2026-01-01T12:00:00Z"),
    )
}

_PROGRAM: Final = """
import argparse

parser = argparse.ArgumentParser()
parser.add_argument("--model", choices=["vit-b16", "resnet50"], default="resnet50")
parser.add_argument("--lr", type=float, default=1e-3, help="learning rate")
parser.add_argument("--epochs", type=int, default=90)
parser.add_argument("--amp", action="store_true", help="mixed precision")
parser.parse_args()
"""

Act = Callable[[Pilot[None]], Awaitable[None]]


@dataclass(frozen=True)
class Picture:
    """A file's name without its ending, the size in cells, and how to get to what it shows."""

    name: str
    act: Act
    size: tuple[int, int] = (120, 40)


async def workers(pilot: Pilot[None]) -> None:
    """The first view, on a machine with GPUs."""
    await until_shown(pilot, "74%")
    await pilot.press("j", "j")


async def queues(pilot: Pilot[None]) -> None:
    """A queue with its tasks."""
    await pilot.press("2", "G")
    await until_shown(pilot, "vit-b16/seed1")
    await pilot.press("tab", "j", "j", "j", "j", "j", "space")


async def tasks(pilot: Pilot[None]) -> None:
    """The end of the list of all tasks, where most have run, two of them marked."""
    await pilot.press("3", "G")
    await until_shown(pilot, "unet/trial-38")
    await pilot.press("k", "k", "space", "space")


async def task_log(pilot: Pilot[None]) -> None:
    """The log of the task of the third worker."""
    await pilot.press("j", "j", "l")
    await until_shown(pilot, "epoch 31/90")


async def scalars(pilot: Pilot[None]) -> None:
    """The scalars of the same task."""
    await pilot.press("j", "j", "l")
    await until_shown(pilot, "epoch 31/90")
    await pilot.press("right_square_bracket")
    await until_shown(pilot, "accuracy")


async def add_machine(pilot: Pilot[None]) -> None:
    """Choosing a host."""
    await pilot.press("a", *"gpu-f")
    await until_shown(pilot, "gpu-f03")
    await pilot.press("down")


async def host_key(pilot: Pilot[None]) -> None:
    """The question about a host key."""
    await pilot.press(*"jjjjjjjjjj", "y")
    await until_shown(pilot, "SHA256:")


async def new_task(pilot: Pilot[None]) -> None:
    """A form that is filled in."""
    await pilot.press("j", "j", "e")
    await pilot.pause()
    screen = pilot.app.screen
    screen.query_one("#command", Input).value = "python train.py --model vit-b16 --lr 3e-4"
    screen.query_one("#name", Input).value = "vit-b16/lr.3e-4"
    screen.query_one("#directory", Input).value = "~/vision"
    screen.query_one("#mode", Select).value = "venv"
    await until_shown(pilot, "config.yaml:model.depth")


PICTURES: Final = (
    Picture("workers", workers),
    Picture("workers-80x24", workers, (80, 24)),
    Picture("workers-200x50", workers, (200, 50)),
    Picture("queues", queues),
    Picture("tasks", tasks),
    Picture("task-log", task_log),
    Picture("task-scalars", scalars),
    Picture("add-machine", add_machine),
    Picture("host-key", host_key),
    Picture("new-task", new_task),
)


def plain_svg(svg: str) -> str:
    """The picture without addresses of fonts: it shows the reader's own monospaced font."""
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    return svg.replace("font-family: Fira Code, monospace", f"font-family: {_FONTS}").replace(
        "font-family: arial", f"font-family: {_FONTS}"
    )


async def take(picture: Picture, home: Home) -> str:
    """The picture as SVG."""
    with scene.fill(home) as store:
        app = ClearqApp(
            home,
            store,
            with_controller=False,
            now=lambda: scene.NOW,
            monotonic=lambda: scene.NOW,
        )
        app.animation_level = "none"
        async with app.run_test(size=picture.size) as pilot:
            scene.go_live(app.cluster)
            app.cluster.set_controller(ControllerState(ControllerPhase.RUNNING))
            await pilot.pause()
            await picture.act(pilot)
            for box in app.screen.query(Input):
                box.cursor_blink = False
            await pilot.pause(0.2)
            return plain_svg(app.export_screenshot(title="clearq"))


def prepare(root: Path) -> None:
    """The operator's home: an ssh_config, and a repository with changes."""
    os.environ.update(_PERSON, TZ="UTC", HOME=str(root), CLEARQ_SSH_CONFIG=str(root / "ssh_config"))
    time.tzset()
    (root / "ssh_config").write_text(_SSH_CONFIG)
    project = root / "vision"
    project.mkdir()
    (project / "train.py").write_text(_PROGRAM)
    (project / "config.yaml").write_text("model:\n  depth: 12\n  width: 768\n")

    def git(*arguments: str) -> None:
        subprocess.run(["git", "-C", str(project), *arguments], check=True, capture_output=True)

    git("init", "--initial-branch=main")
    git("add", ".")
    git("commit", "-m", "Train")
    (project / "train.py").write_text(_PROGRAM + "print('training faster')\n")
    (project / "notes.txt").write_text("Try a lower rate.\n")


def main() -> None:
    """Take all pictures into the directory given, `screenshots` by default."""
    into = Path(sys.argv[1] if len(sys.argv) > 1 else "screenshots").absolute()
    into.mkdir(parents=True, exist_ok=True)
    root = Path(tempfile.mkdtemp(prefix="clearq-screenshots-"))
    try:
        prepare(root)
        for picture in PICTURES:
            svg = asyncio.run(take(picture, Home(root / picture.name)))
            (into / f"{picture.name}.svg").write_text(svg)
            print(into / f"{picture.name}.svg")
    finally:
        shutil.rmtree(root)


if __name__ == "__main__":
    main()
