"""The host key of a machine that waits for the operator: asked about, accepted."""

from __future__ import annotations

from clearq_tui.cli.session import Session
from clearq_tui.model import Machine
from clearq_tui.operations.host_keys import HostKey, accept_host_key, pending_key

__all__ = ["HostKey", "accept", "pending_key", "question"]


def accept(session: Session, machine: Machine, now: float) -> HostKey:
    """Accept the key, and let the controller know.

    Raises:
        ClearqError: no key waits, or it was not accepted.
    """
    key = accept_host_key(session.store, machine.name, session.home, now=now)
    session.tell_controller()
    return key


def question(machine: Machine, key: HostKey) -> str:
    """What to compare before accepting."""
    return (
        f"The host key of {machine.name} ({key.host}) is not known: {key.kind} {key.fingerprint}."
    )
