"""Asks for the passphrase when a task waits for it, and whenever the operator wants to give it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widgets import Input

from clearq_tui.model import ClearqError
from clearq_tui.secrets import UNLOCK, SecretKeeping
from clearq_tui.store import tasks

if TYPE_CHECKING:
    from clearq_tui.ui.app import ClearqApp


class LockedSecrets:
    """One per app. Asks once for each task that begins to wait, and not while somebody types."""

    def __init__(self, app: ClearqApp) -> None:
        self._app = app
        self._known: set[int] = set()

    def look(self) -> None:
        """The store changed: ask where a task waits for an encrypted secret by now."""
        try:
            held_up = tasks.held_up(self._app.cluster.store)
        except ClearqError:
            return  # the views say why the store cannot be read
        waiting = {task: reason for task, reason in held_up if UNLOCK in reason}
        new = [task for task in waiting if task not in self._known]
        self._known = set(waiting)
        if not new:
            return
        first = f"#{new[0]} {waiting[new[0]].partition(':')[0]}"
        if self._app.screen.is_modal or isinstance(self._app.focused, Input):
            self._app.cluster.say(f"{first}; U unlocks secrets.")
        else:
            self.ask(f"{first}.")

    def ask(
        self, why: str = "Tasks can use the encrypted secrets until the controller ends."
    ) -> None:
        """Ask for the passphrase, where one was ever chosen."""
        cluster = self._app.cluster
        try:
            sealed = SecretKeeping(cluster.home).sealed()
        except (ClearqError, OSError) as error:
            cluster.say_error(str(error))
            return
        if not sealed:
            cluster.say("No secret is encrypted with a passphrase; `clearq secret set` sets them.")
            return
        from clearq_tui.ui.dialogs.unlock import UnlockDialog

        self._app.push_screen(UnlockDialog(cluster.home, why), self._answered)

    def _answered(self, is_open: bool | None) -> None:
        if is_open:
            self._app.cluster.say("The encrypted secrets can be read.")
