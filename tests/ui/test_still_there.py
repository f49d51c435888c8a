"""Workers that wake up while what they are about is being closed."""

from __future__ import annotations

import asyncio

from textual import work
from textual.app import App, ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Label

from clearq_tui.ui.still_there import is_there


class SlowToGo(Label):
    """A widget that takes its time to close, so that others are gone before it."""

    async def on_unmount(self) -> None:
        await asyncio.sleep(0.05)


class Box(Vertical):
    """Looks for its label again and again, as a worker does that waits in between."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[bool, bool, bool]] = []

    def compose(self) -> ComposeResult:
        yield Label(id="soon-gone")
        yield SlowToGo()

    def on_mount(self) -> None:
        self.look()

    @work
    async def look(self) -> None:
        while True:
            self.seen.append((is_there(self), self.is_attached, bool(self.query("#soon-gone"))))
            await asyncio.sleep(0)


async def test_nothing_is_there_from_when_its_screen_begins_to_close() -> None:
    app: App[None] = App()
    async with app.run_test() as pilot:
        box = Box()
        screen = ModalScreen[None]()
        await app.push_screen(screen)
        await screen.mount(box)
        await pilot.pause()
        assert box.seen[-1] == (True, True, True)
        await app.pop_screen()
        assert all(has_label for there, _, has_label in box.seen if there)
        # The trap that the question is for: attached still, and its label gone already.
        assert (False, True, False) in box.seen
        assert not is_there(box)
