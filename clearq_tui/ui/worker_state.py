"""How a worker stands, as glyph, word and tone. Pure."""

from __future__ import annotations

from enum import Enum

from clearq_tui.model import LinkState
from clearq_tui.store.workers import WorkerRow
from clearq_tui.ui.widgets.tones import Tone


class WorkerState(Enum):
    """Glyph, word, tone; in the order in which a list sorted by state shows them."""

    HOST_KEY = ("?", "host key", Tone.WARNING)
    FAILED = ("✗", "failed", Tone.BAD)
    LOST = ("✗", "lost", Tone.BAD)
    CONNECTING = ("◌", "connect", Tone.WARNING)
    INSTALLING = ("◌", "install", Tone.WARNING)
    NEW = ("·", "new", Tone.DIM)
    DRAINING = ("◐", "drain", Tone.WARNING)
    RUNNING = ("●", "run", Tone.BUSY)
    IDLE = ("○", "idle", Tone.GOOD)

    @property
    def glyph(self) -> str:
        """One cell."""
        return self.value[0]

    @property
    def word(self) -> str:
        """At most eight cells."""
        return self.value[1]

    @property
    def tone(self) -> Tone:
        """How it looks."""
        return self.value[2]

    @property
    def rank(self) -> int:
        """What needs the operator first."""
        return list(WorkerState).index(self)

    @property
    def is_linked(self) -> bool:
        """Whether the worker's machine is online."""
        return self in _LINKED


_LINKED = frozenset({WorkerState.DRAINING, WorkerState.RUNNING, WorkerState.IDLE})

_UNLINKED = {
    LinkState.NEVER: WorkerState.NEW,
    LinkState.CONNECTING: WorkerState.CONNECTING,
    LinkState.INSTALLING: WorkerState.INSTALLING,
    LinkState.OFFLINE: WorkerState.LOST,
    LinkState.HOST_KEY: WorkerState.HOST_KEY,
    LinkState.FAILED: WorkerState.FAILED,
}


def state_of(row: WorkerRow) -> WorkerState:
    """How the worker stands: its link first, then whether it drains, then what it does."""
    if row.link is not LinkState.ONLINE:
        return _UNLINKED[row.link]
    if row.worker.draining:
        return WorkerState.DRAINING
    return WorkerState.RUNNING if row.tasks else WorkerState.IDLE
