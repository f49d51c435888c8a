"""What the controller remembers of each machine's agent."""

from __future__ import annotations

from clearq_tui.model import AgentRecord
from clearq_tui.store.store import Store


def record(store: Store, machine: int) -> AgentRecord:
    """What is remembered; all defaults before the first attach."""
    row = store.row(
        "SELECT machine, epoch, journal, acknowledged, socket_path, python, boot_id, build "
        "FROM agents WHERE machine = ?",
        (machine,),
    )
    return AgentRecord(*row) if row else AgentRecord(machine)


def raise_epoch(store: Store, machine: int) -> int:
    """One more attach: the new epoch."""
    store.change(
        "INSERT INTO agents (machine, epoch) VALUES (?, 1) "
        "ON CONFLICT DO UPDATE SET epoch = epoch + 1",
        (machine,),
    )
    return int(store.value("SELECT epoch FROM agents WHERE machine = ?", (machine,)))


def acknowledge(store: Store, machine: int, journal: str, seq: int) -> None:
    """All of the journal up to `seq` is applied."""
    store.change(
        "INSERT INTO agents (machine, journal, acknowledged) VALUES (?, ?, ?) ON CONFLICT "
        "DO UPDATE SET journal = excluded.journal, acknowledged = excluded.acknowledged",
        (machine, journal, seq),
    )


def remember(
    store: Store, machine: int, *, socket_path: str, python: str, boot_id: str, build: str
) -> None:
    """How to find the agent again, and what it was."""
    store.change(
        "INSERT INTO agents (machine, socket_path, python, boot_id, build) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT DO UPDATE SET socket_path = excluded.socket_path, python = excluded.python, "
        "boot_id = excluded.boot_id, build = excluded.build",
        (machine, socket_path, python, boot_id, build),
    )
