"""Ask for the passphrase of the encrypted secrets, and hand its key to the controller."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from textual import on, work
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from clearq_tui import feed
from clearq_tui.model import ClearqError
from clearq_tui.paths import Home
from clearq_tui.secrets import SecretKeeping
from clearq_tui.ui.dialogs.dialog import DialogScreen
from clearq_tui.ui.still_there import is_there
from clearq_tui.ui.widgets.safe_text import safe_line


class UnlockDialog(DialogScreen[bool]):
    """Answers with True once the controller can read the secrets."""

    heading = "Unlock secrets"
    keys = "⏎ unlock · esc not now"

    def __init__(self, home: Home, why: str) -> None:
        """`why`: a sentence."""
        super().__init__()
        self._home = home
        self._why = why

    def compose_box(self) -> Iterable[Widget]:
        """Why, the line for the passphrase, and what is wrong with it."""
        yield Static(Content(safe_line(self._why)), classes="consequence")
        yield Input(password=True, placeholder="passphrase", compact=True)
        yield Static("", id="problem")

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        if event.value:
            event.input.disabled = True
            self._unlock(event.value)

    @work
    async def _unlock(self, passphrase: str) -> None:
        try:
            is_open = await asyncio.to_thread(_unlock, self._home, passphrase)
            problem = "" if is_open else "No controller answers; the status line says why."
        except (ClearqError, OSError) as error:
            is_open, problem = False, str(error)
        if is_open:
            self.dismiss(True)
            return
        if not is_there(self):
            return
        self.query_one("#problem", Static).update(Content(safe_line(problem)))
        line = self.query_one(Input)
        line.value = ""
        line.disabled = False
        line.focus()


def _unlock(home: Home, passphrase: str) -> bool:
    """Takes a third of a second, on purpose: so does each guess of a thief."""
    return bool(feed.unlock(home, SecretKeeping(home).key(passphrase)))
