"""What an app shows, as the operator reads it."""

from __future__ import annotations

import time
from collections.abc import Callable

from textual.app import App
from textual.pilot import Pilot


def screen_text(app: App[None]) -> str:
    """All lines of the screen."""
    lines = app.screen._compositor.render_strips(app.size)
    return "\n".join("".join(segment.text for segment in line) for line in lines)


async def until(
    pilot: Pilot[None], true: Callable[[], bool], what: str, seconds: float = 40.0
) -> None:
    """Let the app go on until something is true; fails with what is on the screen."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come about:\n{screen_text(pilot.app)}")
        await pilot.pause(0.02)


async def until_shown(pilot: Pilot[None], *texts: str, seconds: float = 40.0) -> None:
    """Let the app go on until all the texts are on the screen."""

    def shown() -> bool:
        text = screen_text(pilot.app)
        return all(wanted in text for wanted in texts)

    await until(pilot, shown, f"{texts!r} on the screen", seconds)
