"""A small app around a virtual log, and waiting with a deadline."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.pilot import Pilot

from clearq_tui.ui.widgets.log_status import LogStatus
from clearq_tui.ui.widgets.log_view import LogView
from clearq_tui.ui.widgets.virtual_log import VirtualLog


class LogApp(App[None]):
    """Has keys that the log must let through."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("n", "through('n')", "New"),
        ("escape", "through('escape')", "Back"),
    ]

    def __init__(self, path: Path | None) -> None:
        super().__init__()
        self.log_widget = VirtualLog(path, empty="No log yet.\nIt comes.")
        self.came_through: list[str] = []

    def compose(self) -> ComposeResult:
        yield self.log_widget

    def action_through(self, key: str) -> None:
        self.came_through.append(key)

    @property
    def view(self) -> LogView:
        return self.log_widget.view

    @property
    def status(self) -> str:
        return self.query_one(LogStatus).render_line(0).text.strip()

    def rows(self) -> list[str]:
        height = self.view.scrollable_content_region.height
        return [self.view.render_line(y).text.rstrip() for y in range(height)]


async def until(pilot: Pilot[None], condition: Callable[[], bool], seconds: float = 40.0) -> None:
    """Wait until the condition holds; fails when it does not within the time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        await pilot.pause(0.01)


def numbered(first: int, end: int) -> str:
    return "".join(f"line {number}\n" for number in range(first, end))


def write(path: Path, content: str | bytes) -> None:
    """Make the file hold this."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
