"""The application: opens at once from the store, then listens to the controller."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import ClassVar, Final

from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen

from clearq_tui.model import ClearqError
from clearq_tui.operations.first_start import prepare_first_start
from clearq_tui.paths import Home
from clearq_tui.store import Store
from clearq_tui.ui.cluster import Cluster
from clearq_tui.ui.feed_listener import listen
from clearq_tui.ui.theme import CLEARQ_DARK, CLEARQ_LIGHT

_LOOK_EVERY: Final = 1.0
"""Seconds between looks for changes that nobody told of."""
_BETWEEN_SEEDS: Final = 0.005
_SEED_EVERY: Final = 2.0


def _workers() -> Screen[None]:
    from clearq_tui.ui.screens.workers import WorkersScreen

    return WorkersScreen()


def _queues() -> Screen[None]:
    from clearq_tui.ui.screens.queues import QueuesScreen

    return QueuesScreen()


def _tasks() -> Screen[None]:
    from clearq_tui.ui.screens.tasks import TasksScreen

    return TasksScreen()


class ClearqApp(App[None]):
    """The terminal interface over one home."""

    TITLE = "clearq"
    CSS_PATH: ClassVar = [
        "styles/chrome.tcss",
        "styles/workers.tcss",
        "styles/dialogs.tcss",
        "styles/machine_dialogs.tcss",
        "styles/help.tcss",
    ]
    MODES: ClassVar[dict[str, str | Callable[[], Screen[None]]]] = {
        "workers": _workers,
        "queues": _queues,
        "tasks": _tasks,
    }
    DEFAULT_MODE = "workers"
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 - Textual declares them
        (0, "-narrow"),
        (100, "-wide"),
        (160, "-xl"),
    ]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (30, "-tall")]  # noqa: RUF012 - as above
    ENABLE_COMMAND_PALETTE = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("1", "view('workers')", "Workers", show=False, id="app.workers"),
        Binding("2", "view('queues')", "Queues", show=False, id="app.queues"),
        Binding("3", "view('tasks')", "Tasks", show=False, id="app.tasks"),
        Binding("minus", "last_view", "Last view", show=False, id="app.last_view"),
        Binding("ctrl+p", "command_palette", "Find a command", show=False, id="app.palette"),
        Binding("U", "unlock", "Unlock secrets", show=False, id="app.unlock"),
        Binding("question_mark", "help", "Help", key_display="?", id="app.help"),
        Binding("ctrl+q", "quit", "Quit", show=False, priority=True, id="app.quit"),
    ]

    def __init__(
        self,
        home: Home,
        store: Store,
        *,
        with_controller: bool = True,
        now: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self.cluster = Cluster(self, home, store, now=now, monotonic=monotonic)
        self._with_controller = with_controller
        self._last_view = "queues"
        self.register_theme(CLEARQ_DARK)
        self.register_theme(CLEARQ_LIGHT)
        self.theme = CLEARQ_DARK.name

    def on_mount(self) -> None:
        """Everything that may wait until after the first paint."""
        self.set_interval(_LOOK_EVERY, self.cluster.look_for_changes)
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        self.run_worker(self._keep_seeding(), name="seed histories")
        self._watch_secrets()
        if self._with_controller:
            self.run_worker(listen(self.cluster), name="listen to the controller")

    def _watch_secrets(self) -> None:
        from clearq_tui.ui.locked_secrets import LockedSecrets

        locked = LockedSecrets(self)
        self.cluster.changed.subscribe(self, lambda _: locked.look())
        locked.look()

    async def _keep_seeding(self) -> None:
        """Read the histories one machine at a time, so that keys come first."""
        seen = -1
        while True:
            with suppress(ClearqError):  # the views say why the store cannot be read
                counter = self.cluster.store.change_counter()
                for machine in self.cluster.machines_to_seed() if counter != seen else ():
                    self.cluster.seed_history(machine)
                    self.cluster.sampled.publish(machine)
                    await asyncio.sleep(_BETWEEN_SEEDS)
                seen = counter
            await asyncio.sleep(_SEED_EVERY)

    def action_view(self, mode: str) -> None:
        """Go to a main view; what was opened in it stays open."""
        if mode != self.current_mode:
            self._last_view = self.current_mode
            self.switch_mode(mode)
        elif len(self.screen_stack) > 1 and not self.screen.is_modal:
            self.pop_screen()

    def action_last_view(self) -> None:
        """Go back to the view that was in front before this one."""
        self.action_view(self._last_view)

    def action_unlock(self) -> None:
        """Ask for the passphrase of the encrypted secrets."""
        from clearq_tui.ui.locked_secrets import LockedSecrets

        LockedSecrets(self).ask()

    def action_help(self) -> None:
        """Show all keys that mean something here."""
        from clearq_tui.ui.dialogs.help import HelpDialog, key_groups

        self.push_screen(HelpDialog(key_groups(self.screen)))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The command palette: every deed that has a key here, then what Textual offers."""
        from clearq_tui.ui.palette import deeds

        yield from deeds(self, screen)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Views are not changed from within a dialog."""
        if action in ("view", "last_view", "help", "unlock"):
            return not self.screen.is_modal
        return super().check_action(action, parameters)


def run(home: Home) -> None:
    """Open the interface, and come back when the operator leaves it; the controller stays.

    Raises:
        ClearqError: the store cannot be opened.
    """
    with Store.open(home.database) as store:
        prepare_first_start(store, now=time.time())
        ClearqApp(home, store).run()
