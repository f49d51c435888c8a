"""What machines are still to be told to give up, of tasks that are gone from the store."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from clearq_tui.store.store import Store


@dataclass(frozen=True)
class Discard:
    """What an attempt left is to be given up on its machine."""

    attempt: str
    held: bool
    """The machine was not told to forget the attempt itself either."""


def of_task(store: Store, task: int) -> None:
    """The task is about to be removed: nothing that its attempts left is wanted any more."""
    store.change(
        "INSERT OR IGNORE INTO discards SELECT a.machine, a.task || '.' || a.number, "
        "NOT a.released FROM attempts a JOIN machines m ON m.id = a.machine "
        "WHERE a.task = ? AND NOT m.gone AND (NOT a.released OR a.listing <> '')",
        (task,),
    )


def of_machine(store: Store, machine: int) -> list[Discard]:
    """What the machine is to give up."""
    return [
        Discard(name, bool(held))
        for name, held in store.rows(
            "SELECT attempt, held FROM discards WHERE machine = ? ORDER BY attempt", (machine,)
        )
    ]


def forget(store: Store, machine: int, attempts: Iterable[str] | None = None) -> None:
    """The machine has given these up; None: the machine is gone with everything."""
    if attempts is None:
        store.change("DELETE FROM discards WHERE machine = ?", (machine,))
        return
    store.change_many(
        "DELETE FROM discards WHERE machine = ? AND attempt = ?",
        ((machine, name) for name in attempts),
    )
