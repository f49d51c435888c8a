"""What asyncssh asks of us during a login: is this host key right, and which keys to offer."""

# ruff: noqa: ARG002 - asyncssh says which arguments its callbacks take

from __future__ import annotations

import asyncio

import asyncssh

from clearq_tui.fleet.failures import HostKeyFailed
from clearq_tui.fleet.host_keys import KnownKey, judge, offered_key, refuse_revoked
from clearq_tui.fleet.ssh_settings import SshSettings
from clearq_tui.fleet.transports.identities import Identities, Identity

_BANNER_KEPT = 500


class Client(asyncssh.SSHClient):
    """One login, and what there is to say about it when it fails."""

    def __init__(
        self, settings: SshSettings, known: list[KnownKey], identities: Identities, hop: str
    ) -> None:
        self.closed = asyncio.Event()
        self.closed_because = ""
        self.host_key_failure: HostKeyFailed | None = None
        self.offered: list[str] = []
        self.methods: list[str] = []
        """Ways to log in that the server offered, in the order in which they were tried."""
        self.banner = ""
        self._settings = settings
        self.known = known
        self._waiting: list[Identity] = list(identities.keys)
        self._hop = hop

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        if exc is not None:
            self.closed_because = f"The connection to {self._settings} was lost: {exc}."
        self.closed.set()

    def validate_host_public_key(
        self,
        host: str,
        addr: str,
        port: int,
        key: asyncssh.SSHKey,
    ) -> bool:
        """Every host key comes by here: asyncssh is given none to trust by itself."""
        settings = self._settings
        offered = offered_key(settings.key_name, settings.key_port, key.public_data)
        try:
            judge(self.known, offered, hop=self._hop)
        except HostKeyFailed as failure:
            self.host_key_failure = failure
            return False
        return True

    def validate_host_ca_key(
        self,
        host: str,
        addr: str,
        port: int,
        key: asyncssh.SSHKey,
    ) -> bool:
        """An authority that is not among those on file for this host."""
        settings = self._settings
        offered = offered_key(settings.key_name, settings.key_port, key.public_data)
        try:
            refuse_revoked(self.known, key.public_data, offered, hop=self._hop)
        except HostKeyFailed as failure:
            self.host_key_failure = failure
        else:
            self.host_key_failure = HostKeyFailed(
                f"The certificate of {settings.key_name} is signed by {offered.key_type} "
                f"{offered.fingerprint}, which is no authority in known_hosts.",
                self._hop,
            )
        return False

    def public_key_auth_requested(self) -> list[asyncssh.SSHKeyPair] | None:
        """The next key to offer, one at a time so that a failure can name them."""
        self._offers("publickey")
        if not self._waiting:
            return None
        identity = self._waiting.pop(0)
        self.offered.append(identity.name)
        return [identity.pair]

    def password_auth_requested(self) -> str | None:
        """The server would take a password; nobody is here to type one."""
        self._offers("password")
        return None

    def kbdint_auth_requested(self) -> str | None:
        """The server would ask questions; nobody is here to answer."""
        self._offers("keyboard-interactive")
        return None

    def auth_banner_received(self, msg: str, lang: str) -> None:
        """Kept for the operator, in case the login fails."""
        text = "".join(character if character.isprintable() else " " for character in msg)
        self.banner = " ".join((self.banner + " " + text[:_BANNER_KEPT]).split())[:_BANNER_KEPT]

    def _offers(self, method: str) -> None:
        if method not in self.methods:
            self.methods.append(method)
