"""Why a machine could not be reached: one family of errors, each a sentence for the operator."""

from __future__ import annotations

from dataclasses import dataclass

from clearq_tui.model import ClearqError


class ConnectFailed(ClearqError):
    """No connection. `hop` is the host at which it failed: the machine's or a bastion's."""

    def __init__(self, reason: str, hop: str = "") -> None:
        super().__init__(reason)
        self.hop = hop


class BadConfiguration(ConnectFailed):
    """The operator's `ssh_config` cannot be read or makes no sense; names file and line."""


class Unreachable(ConnectFailed):
    """Name not found, connection refused, no route, nothing answered in time, or cut off."""


class NoCommonAlgorithm(ConnectFailed):
    """Client and server share no algorithm."""


class AuthenticationFailed(ConnectFailed):
    """The host is the right one but did not let us in."""


class HostKeyFailed(ConnectFailed):
    """The host's key was not accepted; nothing was sent to it but the handshake."""


@dataclass(frozen=True)
class OfferedHostKey:
    """A host key as the server showed it."""

    host: str
    """The name under which keys of this host are kept: HostKeyAlias, else the host name."""
    port: int
    """22 where the name is an alias, which stands for a host whatever its port."""
    key_type: str
    fingerprint: str
    """`SHA256:…` as `ssh-keygen -l` shows it."""
    public_key: str
    """`ssh-ed25519 AAAA…` without a comment."""


class UnknownHostKey(HostKeyFailed):
    """Nobody has accepted this host's key yet: ask the operator, then `host_keys.accept`."""

    def __init__(self, key: OfferedHostKey, hop: str = "") -> None:
        where = f" (on the way: {hop})" if hop and hop != key.host else ""
        super().__init__(
            f"The host key of {key.host}{'' if key.port == 22 else f':{key.port}'}{where} is not "
            f"known: {key.key_type} {key.fingerprint}. Compare the fingerprint with the "
            "machine's, then accept it.",
            hop,
        )
        self.key = key


class ChangedHostKey(HostKeyFailed):
    """The host showed another key than the one on file: it was reinstalled, or is another."""

    def __init__(
        self, reason: str, key: OfferedHostKey, *, file: str, line: int, hop: str = ""
    ) -> None:
        super().__init__(reason, hop)
        self.key = key
        self.file = file
        self.line = line


class RevokedHostKey(HostKeyFailed):
    """The host showed a key that is marked as revoked."""
