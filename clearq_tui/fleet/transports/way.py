"""The whole way to a machine: every bastion and what the configuration says about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from clearq_tui.fleet.destination import Destination, Hop
from clearq_tui.fleet.failures import BadConfiguration
from clearq_tui.fleet.host_keys import KnownKey, find_keys
from clearq_tui.fleet.ssh_settings import SshSettings, Surroundings, resolve_settings

_LONGEST_WAY: Final = 8
"""Bastions; a longer way is a ProxyJump that leads back to itself."""


@dataclass(frozen=True)
class Way:
    """A host, its settings, and the bastion before it."""

    hop: Hop
    settings: SshSettings
    identity: str | None = None
    before: Way | None = None

    def hosts(self) -> list[Way]:
        """All hosts in the order in which they are reached, this one last."""
        return [*(self.before.hosts() if self.before else []), self]

    def known_keys(self, surroundings: Surroundings) -> list[KnownKey]:
        """What the operator's known_hosts files and clearq's own say about the host. Blocks."""
        settings = self.settings
        return find_keys(
            (*settings.known_hosts, surroundings.accepted_hosts),
            settings.key_name,
            settings.key_port,
            revoked=settings.revoked_host_keys,
        )


def find_way(destination: Destination, surroundings: Surroundings) -> Way:
    """Resolve a destination and its bastions. Blocks: reads files, runs `Match exec` commands.

    It is done before anything is dialled, so that a circle of jumps is an error and not a wait.

    Raises:
        BadConfiguration: a file is malformed, or the way leads in a circle.
    """
    return _find(destination.hop, destination.jump, destination.identity, surroundings, 0)


def _find(
    hop: Hop,
    jump: tuple[Hop, ...] | None,
    identity: str | None,
    surroundings: Surroundings,
    depth: int,
) -> Way:
    if depth > _LONGEST_WAY:
        raise BadConfiguration(f"The ProxyJump of {hop} leads back to itself.", str(hop))
    settings = resolve_settings(hop, surroundings, jump=jump, identity=identity)
    before = None
    if settings.jump:
        *others, last = settings.jump
        # A bastion that is reached through others does not follow its own ProxyJump as well.
        before = _find(last, tuple(others) or None, None, surroundings, depth + 1)
    return Way(hop, settings, identity, before)
