"""The one place where a turn of the core meets disk, processes and links, in the order that counts.

Journal, then act, then tell. Act before journal, and a crash in between leaves a command running
that nobody knows of, which would be started again. Tell before journal, and the laptop believes
what a power cut unmakes. The daemon and the simulation both go through here.
"""

from __future__ import annotations

from typing import Callable, Sequence

from remote_agent.records import Effect, Outgoing, Record, Turn


class RecordKeeper:
    """What is asked of a journal; `journal.Journal` is one."""

    def append(self, records: Sequence[Record]) -> None:
        """Write the records; they need not be safe yet."""
        raise NotImplementedError

    def sync(self) -> None:
        """Return once everything appended is safe."""
        raise NotImplementedError


def carry_out(
    turn: Turn,
    journal: RecordKeeper,
    act: Callable[[Effect], None],
    tell: Callable[[Outgoing], None],
) -> None:
    """Carry the turn out. What `journal` raises stops it before anything is started or told."""
    if turn.records:
        journal.append(turn.records)
        journal.sync()
    for effect in turn.effects:
        act(effect)
    for outgoing in turn.outgoing:
        tell(outgoing)
