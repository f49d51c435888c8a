"""What a command works with: the home, the store in it, and a controller to tell about changes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from clearq_tui import feed
from clearq_tui.cli.terminal import warn
from clearq_tui.model import ClearqError
from clearq_tui.operations.first_start import prepare_first_start
from clearq_tui.paths import Home, home_from_environment
from clearq_tui.store import Store


@dataclass(frozen=True)
class Session:
    """One command's hold on the store."""

    home: Home
    store: Store

    def tell_controller(self, *, start: bool = False) -> None:
        """After a commit: nudge the controller, or start one without waiting for it.

        The change is in the store already, so a controller that cannot start is only a warning.
        """
        if feed.nudge(self.home) or not start:
            return
        try:
            feed.start_controller(self.home, wait=0)
        except (OSError, ClearqError) as error:
            warn(f"The controller did not start: {error}")


@contextmanager
def open_session() -> Iterator[Session]:
    """The store of `CLEARQ_HOME`; made, with this laptop as its first machine, at first use.

    Raises:
        StoreError: the store cannot be used.
        OSError: the home cannot be made.
    """
    home = home_from_environment()
    home.create()
    with Store.open(home.database) as store:
        prepare_first_start(store, now=time.time())
        yield Session(home, store)
