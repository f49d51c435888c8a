"""The host key of a machine that waits for the operator: shown, asked about, accepted."""

from __future__ import annotations

import json
from typing import NamedTuple

from clearq_tui.cli.session import Session
from clearq_tui.model import ClearqError, Machine, NotFound
from clearq_tui.operations import machines as operations


class HostKey(NamedTuple):
    """Whose key it is, the key, and what to compare."""

    host: str
    port: int
    public_key: str
    fingerprint: str


def pending_key(machine: Machine) -> HostKey:
    """The key that waits.

    Raises:
        NotFound: none waits.
        ClearqError: what the store holds cannot be understood.
    """
    if not machine.host_key:
        raise NotFound(f"No host key of {machine.name} waits for your acceptance.")
    try:
        told = json.loads(machine.host_key)
        return HostKey(told["host"], told["port"], told["public_key"], told["fingerprint"])
    except (ValueError, KeyError, TypeError) as error:
        raise ClearqError(
            f"The host key of {machine.name} that waits cannot be understood; "
            "connect again to be asked again."
        ) from error


def accept(session: Session, machine: Machine, now: float) -> HostKey:
    """Put the key into clearq's known_hosts, then let the controller connect.

    Raises:
        ClearqError: no key waits, or it was not accepted.
    """
    from clearq_tui.fleet import host_keys

    key = pending_key(machine)
    # The file first: a controller that sees the store's change connects at once.
    host_keys.accept(key.host, key.port, key.public_key, session.home.known_hosts)
    operations.trust_host_key(session.store, machine.name, now=now)
    session.tell_controller()
    return key


def question(machine: Machine, key: HostKey) -> str:
    """What to compare before accepting."""
    kind = key.public_key.split()[0]
    return f"The host key of {machine.name} ({key.host}) is not known: {kind} {key.fingerprint}."
