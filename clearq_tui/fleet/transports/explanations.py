"""From what went wrong in asyncssh to a sentence for the operator."""

from __future__ import annotations

import os
import socket

import asyncssh

from clearq_tui.fleet.failures import (
    AuthenticationFailed,
    ConnectFailed,
    HostKeyFailed,
    NoCommonAlgorithm,
    RevokedHostKey,
    Unreachable,
)
from clearq_tui.fleet.host_keys import Marker
from clearq_tui.fleet.ssh_settings import SshSettings
from clearq_tui.fleet.transports.asyncssh_client import Client
from clearq_tui.fleet.transports.identities import Identities


def explain(
    error: Exception,
    settings: SshSettings,
    client: Client | None,
    identities: Identities,
    hop: str,
    proxy_words: str = "",
) -> ConnectFailed:
    """The failure of one hop. `proxy_words`: what its ProxyCommand said last."""
    where = f"{settings.hostname}:{settings.port}"
    if client is not None and client.host_key_failure is not None:
        return client.host_key_failure
    if isinstance(error, asyncssh.PermissionDenied):
        return _denied(settings, client, identities, hop)
    if isinstance(error, asyncssh.HostKeyNotVerifiable):
        return _refused(_clean(error), settings, client, hop)
    if isinstance(error, asyncssh.KeyExchangeFailed):
        return NoCommonAlgorithm(f"{where} and clearq share no algorithm: {_clean(error)}.", hop)
    if client is not None and client.methods and isinstance(error, asyncssh.DisconnectError):
        return _denied(settings, client, identities, hop, ended=_clean(error))
    return Unreachable(_unreachable(error, settings, where, proxy_words), hop)


def _refused(reason: str, settings: SshSettings, client: Client | None, hop: str) -> HostKeyFailed:
    """What asyncssh checks by itself: certificates, and whether a key is revoked."""
    if "revoked" not in reason:
        return HostKeyFailed(f"The host key of {settings.key_name} was refused: {reason}.", hop)
    known = client.known if client else []
    lines = [f"{key.file} line {key.line}" for key in known if key.marker is Marker.REVOKED]
    return RevokedHostKey(
        f"{settings.key_name} showed a host key that is revoked by {' or '.join(lines)}; "
        "nothing was sent.",
        hop,
    )


def _unreachable(error: Exception, settings: SshSettings, where: str, proxy_words: str) -> str:
    said = f' The ProxyCommand said: "{proxy_words}".' if proxy_words else ""
    if isinstance(error, TimeoutError):
        return f"{where} did not answer within {settings.timeout:g} s.{said}"
    if isinstance(error, socket.gaierror):
        return f"The name {settings.hostname} cannot be resolved: {error.strerror}."
    if isinstance(error, asyncssh.ChannelOpenError):
        through = settings.jump[-1] if settings.jump else "the bastion"
        return f"{through} could not connect on to {where}: {_clean(error)}."
    if isinstance(error, OSError):
        # asyncio puts words of its own in strerror.
        reason = _clean(os.strerror(error.errno) if error.errno else error)
        return f"{where} cannot be reached: {reason}.{said}"
    if isinstance(error, asyncssh.ConnectionLost):
        return (
            f"{where} closed the connection before the login.{said} It may be overloaded "
            "(MaxStartups), or not let this address in."
        )
    return f"The SSH connection to {where} failed: {_clean(error)}.{said}"


def _denied(
    settings: SshSettings,
    client: Client | None,
    identities: Identities,
    hop: str,
    ended: str = "",
) -> AuthenticationFailed:
    methods = ", ".join(client.methods if client else []) or "nothing that clearq can do"
    offered = ", ".join(client.offered if client else []) or "no key"
    parts = [f"Permission denied for {settings}: the server accepts {methods}; offered {offered}"]
    if identities.unusable:
        parts.append("; not usable: " + ", ".join(identities.unusable))
    if ended:
        parts.append(f'; the server ended it: "{ended}"')
    if client and client.banner:
        parts.append(f'; it says: "{client.banner}"')
    return AuthenticationFailed("".join(parts) + ".", hop)


def _clean(error: object) -> str:
    """Text that may come from the other end: printable, short, without a full stop."""
    text = "".join(c if c.isprintable() else " " for c in str(error))
    return " ".join(text.split())[:300].rstrip(".")
