"""The host key of a machine that waits for the operator: shown, and accepted."""

from __future__ import annotations

import json
from typing import NamedTuple

from clearq_tui.model import ClearqError, Machine, NotFound, Refused
from clearq_tui.operations import finding
from clearq_tui.operations.machines import trust_host_key
from clearq_tui.paths import Home
from clearq_tui.store import Store


class HostKey(NamedTuple):
    """Whose key it is, the key, and what to compare."""

    host: str
    port: int
    public_key: str
    fingerprint: str

    @property
    def kind(self) -> str:
        """`ssh-ed25519`."""
        return self.public_key.partition(" ")[0]


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


def accept_host_key(
    store: Store,
    name: str,
    home: Home,
    *,
    compared: str | None = None,
    who: str = "operator",
    now: float,
) -> HostKey:
    """Put the key that waits into clearq's known_hosts, then let the controller connect.

    `compared` is the fingerprint that the operator looked at, where one was shown.

    Raises:
        NotFound: there is no such machine, or no key of it waits.
        Refused: the key cannot be accepted, or is not the one that was compared.
        ClearqError: clearq's known_hosts cannot be written.
    """
    from clearq_tui.fleet import host_keys

    key = pending_key(finding.machine(store, name))
    if compared is not None and compared != key.fingerprint:
        raise Refused(f"{name} has shown another key meanwhile: {key.fingerprint}. Compare again.")
    # The file first: a controller that sees the store's change connects at once.
    try:
        host_keys.accept(key.host, key.port, key.public_key, home.known_hosts)
    except OSError as error:
        raise ClearqError(f"{home.known_hosts} cannot be written: {error.strerror}.") from error
    trust_host_key(store, name, who=who, now=now)
    return key
