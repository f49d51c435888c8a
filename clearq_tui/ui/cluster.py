"""What every view shares: the store, what is live, and the one way to change anything."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final, TypeVar

from textual.app import App
from textual.signal import Signal

from clearq_tui import feed
from clearq_tui.feed.messages import FetchGrew, Sample
from clearq_tui.model import ClearqError
from clearq_tui.operations.bulk import BulkReport
from clearq_tui.paths import Home
from clearq_tui.safe_text import one_line
from clearq_tui.store import Store, machines, samples
from clearq_tui.ui.controller_state import ControllerState
from clearq_tui.ui.history import SPAN, History

T = TypeVar("T")

CALM: Final = 0.1
"""Seconds between two publications of `changed`."""
_SHOWN_REFUSALS: Final = 5


class Cluster:
    """One per app: `app.cluster`. Lives on the event loop; reads of the store take milliseconds."""

    def __init__(
        self,
        app: App[None],
        home: Home,
        store: Store,
        *,
        now: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.home = home
        self.store = store
        self.now = now
        """Seconds since the epoch."""
        self.monotonic = monotonic
        self.changed: Signal[None] = Signal(app, "changed")
        """The store changed; at most ten times a second."""
        self.sampled: Signal[int] = Signal(app, "sampled")
        """A machine's id: it has a new sample."""
        self.log_grew: Signal[str] = Signal(app, "log_grew")
        """An attempt's name: its log on the laptop grew."""
        self.scalars_grew: Signal[str] = Signal(app, "scalars_grew")
        """An attempt's name: there are more scalars of it on the laptop."""
        self.fetched: Signal[FetchGrew] = Signal(app, "fetched")
        """More of an output file is on the laptop."""
        self.controller_changed: Signal[ControllerState] = Signal(app, "controller_changed")
        self.histories: dict[int, History] = {}
        """By machine id."""
        self.controller = ControllerState()
        self._app = app
        self._seeded: set[int] = set()
        self._counter = -1
        self._published_at = float("-inf")
        self._pending = False

    def act(self, operation: Callable[..., T], *arguments: object, **keywords: object) -> T | None:
        """Do `operation(store, *arguments, now=…, **keywords)` at once and tell everyone.

        A sentence is shown and None comes back where it was refused. Of a bulk operation the
        refusals are shown and the report comes back.
        """
        try:
            return self.do(operation, *arguments, **keywords)
        except ClearqError as error:
            self.say_error(str(error))
            return None

    def do(self, operation: Callable[..., T], *arguments: object, **keywords: object) -> T:
        """As `act`, for a dialog that shows by itself why it was refused.

        Raises:
            ClearqError: the operation was refused, or the store failed.
        """
        result = operation(self.store, *arguments, now=self.now(), **keywords)
        feed.nudge(self.home)
        self.store_changed()
        if isinstance(result, BulkReport) and result.refused:
            self.say_error("\n".join(_sentences(result)))
        return result

    def say_error(self, sentence: str) -> None:
        """Show what went wrong, for long enough to be read."""
        text = "\n".join(one_line(line) for line in sentence.splitlines())
        self._app.notify(text, severity="error", timeout=8, markup=False)

    def say(self, sentence: str) -> None:
        """Show what was done."""
        self._app.notify(one_line(sentence), timeout=4, markup=False)

    def store_changed(self) -> None:
        """Publish `changed` now, or as soon as `CALM` allows."""
        if self._pending:
            return
        wait = self._published_at + CALM - self.monotonic()
        if wait <= 0:
            self._publish()
        else:
            self._pending = True
            self._app.set_timer(wait, self._publish)

    def look_for_changes(self) -> None:
        """Publish `changed` where another process changed the store without telling.

        For changes made while no controller runs; costs some microseconds.
        """
        try:
            changed = self.store.change_counter() != self._counter
        except ClearqError:
            changed = True  # whoever reads now says why it cannot
        if changed:
            self.store_changed()

    def take_sample(self, machine: int, sample: Sample) -> None:
        """Keep a machine's newest sample and publish `sampled`."""
        history = self.histories.setdefault(machine, History())
        history.take(sample, self.now(), self.monotonic())
        self.sampled.publish(machine)

    def seed_history(self, machine: int) -> None:
        """Read the machine's last ten minutes from the store; some milliseconds."""
        self._seeded.add(machine)
        now = self.now()
        kept = samples.history(self.store, machine, now - SPAN, now)
        self.histories.setdefault(machine, History()).seed(kept, now, self.monotonic())

    def machines_to_seed(self) -> list[int]:
        """Ids of machines whose last ten minutes were not read from the store yet."""
        return [row.id for row in machines.rows(self.store) if row.id not in self._seeded]

    def set_controller(self, state: ControllerState) -> None:
        """How the interface stands with the controller now."""
        if state != self.controller:
            self.controller = state
            self.controller_changed.publish(state)

    def _publish(self) -> None:
        self._pending = False
        self._published_at = self.monotonic()
        with suppress(ClearqError):  # whoever reads now says why it cannot
            self._counter = self.store.change_counter()
        self.changed.publish(None)


def _sentences(report: BulkReport) -> list[str]:
    """The refusals of a bulk operation, so many as can be read."""
    sentences = list(report.refused.values())
    shown = sentences[:_SHOWN_REFUSALS]
    if report.done:
        shown.insert(0, f"Done to {len(report.done)}, not to {len(sentences)}:")
    if len(sentences) > _SHOWN_REFUSALS:
        shown.append(f"… and {len(sentences) - _SHOWN_REFUSALS} more.")
    return shown
