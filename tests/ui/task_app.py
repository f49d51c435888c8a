"""The app on a world of tasks, in one of its views."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

from textual import events
from textual.pilot import Pilot
from textual.widget import Widget

from clearq_tui.model import Task, TaskState
from clearq_tui.store import tasks
from clearq_tui.ui.app import ClearqApp
from tests.ui.screen_text import screen_text, until, until_shown
from tests.ui.task_world import TaskWorld

VIEWS = {"workers": "1", "queues": "2", "tasks": "3"}


class Opened(NamedTuple):
    """A running app, and the ways to use it."""

    world: TaskWorld
    app: ClearqApp
    pilot: Pilot[None]

    async def press(self, *keys: str) -> None:
        """Press keys and let the app do what they ask for."""
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def type(self, text: str) -> None:
        """Type text where the focus is, faster than it is answered."""
        names = {" ": "space", "=": "equals_sign", "/": "slash", "|": "vertical_line",
                 "-": "minus", ".": "full_stop", ":": "colon", "'": "apostrophe",
                 "_": "underscore", "~": "tilde", ",": "comma", "*": "asterisk"}  # fmt: skip
        for character in text:
            self.app.post_message(events.Key(names.get(character, character), character))
        await self.pilot.pause()

    async def shown(self, *texts: str) -> None:
        """Wait until all the texts are on the screen."""
        await until_shown(self.pilot, *texts)

    async def gone(self, text: str) -> None:
        """Wait until the text is not on the screen."""
        await until(self.pilot, lambda: text not in self.text, f"{text!r} to go")

    @property
    def text(self) -> str:
        """All that is on the screen."""
        return screen_text(self.app)

    @property
    def focused(self) -> Widget | None:
        """What has the keys."""
        return self.app.screen.focused

    def lines(self, *parts: str) -> list[str]:
        """The screen's lines that have all the parts."""
        return [line for line in self.text.splitlines() if all(part in line for part in parts)]

    def task(self, number: int) -> Task:
        """A task as it is in the store."""
        found = tasks.get(self.world.store, number)
        assert found is not None, f"there is no task {number}"
        return found

    def named(self, name: str) -> Task:
        """The task of that name."""
        rows = tasks.page(self.world.store, tasks.TaskFilter(), limit=1000)
        found = [row.task for row in rows if row.task.name == name]
        assert len(found) == 1, f"{len(found)} tasks are named {name}"
        return found[0]

    async def becomes(self, number: int, state: TaskState) -> None:
        """Wait until a task is in a state."""
        await until(
            self.pilot, lambda: self.task(number).state is state, f"#{number} being {state.value}"
        )


@asynccontextmanager
async def opened(
    world: TaskWorld, view: str = "tasks", size: tuple[int, int] = (120, 40)
) -> AsyncIterator[Opened]:
    """The app in a view, without a controller."""
    app = ClearqApp(world.home, world.store, with_controller=False, now=lambda: world.now)
    async with app.run_test(size=size, notifications=True) as pilot:
        await pilot.pause()
        use = Opened(world, app, pilot)
        await use.press(VIEWS[view])
        await use.shown(f"clearq › {view}")  # noqa: RUF001
        yield use
