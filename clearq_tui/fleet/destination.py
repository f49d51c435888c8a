"""What the operator typed or stored to say how a machine is reached, checked."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, TypeVar

from clearq_tui.model import ClearqError, Machine

_T = TypeVar("_T")

TRANSPORTS: Final = ("asyncssh", "openssh", "local")

# The client's own rule since OpenSSH 9.6: names reach ProxyCommand and Match exec as shell text.
_SHELL_CHARACTERS: Final = frozenset("'`\"$\\;&<>|(){}[]")
_USER_SHELL_CHARACTERS: Final = frozenset("'`\";&<>|(){}")
_ADDRESS_IN_BRACKETS = re.compile(r"\[([^\[\]]*)\](?::(.*))?")


class BadDestination(ClearqError):
    """What was given cannot name a machine."""


@dataclass(frozen=True)
class Hop:
    """A host with the user and port that were given for it; None where none was given."""

    host: str
    user: str | None = None
    port: int | None = None

    def __str__(self) -> str:
        """As the operator would type it."""
        user = f"{self.user}@" if self.user is not None else ""
        if self.port is None:
            return user + self.host
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{user}{host}:{self.port}"


@dataclass(frozen=True)
class Destination:
    """How to reach one machine. Make it with `parse_destination` or `destination_of`."""

    host: str
    """An alias of `ssh_config`, a name or an address; empty for this machine itself."""
    user: str | None = None
    port: int | None = None
    identity: str | None = None
    """A private key file that is offered before the others."""
    jump: tuple[Hop, ...] | None = None
    """Hosts to go through, first one first; None: as `ssh_config` says; (): straight."""
    transport: str = "asyncssh"

    @property
    def hop(self) -> Hop:
        """The machine itself, without the way to it."""
        return Hop(self.host, self.user, self.port)

    def __str__(self) -> str:
        """As the operator would type it."""
        return str(self.hop) if self.transport != "local" else "this machine"


def parse_destination(
    target: str,
    *,
    user: str | None = None,
    port: int | None = None,
    identity: str | None = None,
    jump: str | None = None,
    transport: str = "asyncssh",
) -> Destination:
    """Check and take apart `alias`, `user@host`, `host:port`, `user@[::1]:22`, `ssh://…`.

    Raises:
        BadDestination: a part is malformed, or is given twice with different values.
    """
    if transport not in TRANSPORTS:
        raise BadDestination(
            f"{transport!r} is not a transport; expected one of {', '.join(TRANSPORTS)}."
        )
    if transport == "local":
        _refuse_for_local((target, user, port, identity, jump))
        return Destination("", transport="local")
    hop = parse_hop(target)
    return Destination(
        host=hop.host,
        user=_one_of("user", hop.user, None if user is None else _checked_user(user)),
        port=_one_of("port", hop.port, None if port is None else _checked_port(str(port))),
        identity=None if not identity else _checked_identity(identity),
        jump=None if not jump else parse_jump(jump),
        transport=transport,
    )


def destination_of(machine: Machine) -> Destination:
    """The destination that the store holds for a machine.

    Raises:
        BadDestination: the stored values are malformed.
    """
    return parse_destination(
        machine.target,
        user=machine.user,
        port=machine.port,
        identity=machine.identity,
        jump=machine.jump,
        transport=machine.transport,
    )


def parse_hop(text: str) -> Hop:
    """One host with optional user and port.

    Raises:
        BadDestination: a part is malformed.
    """
    rest = text.strip().removeprefix("ssh://").removesuffix("/")
    user, at, host = rest.rpartition("@")
    port: str | None = None
    if bracketed := _ADDRESS_IN_BRACKETS.fullmatch(host):
        host, port = bracketed.group(1), bracketed.group(2)
    elif host.count(":") == 1:
        host, _, port = host.partition(":")
    return Hop(
        host=_checked_host(host, text),
        user=_checked_user(user) if at else None,
        port=None if port is None else _checked_port(port),
    )


def parse_jump(text: str) -> tuple[Hop, ...]:
    """A ProxyJump: hosts separated by commas, or `none`.

    Raises:
        BadDestination: one of the hosts is malformed.
    """
    if text.strip().lower() == "none":
        return ()
    return tuple(parse_hop(part) for part in text.split(","))


def _one_of(what: str, in_target: _T | None, by_itself: _T | None) -> _T | None:
    if in_target is not None and by_itself is not None and in_target != by_itself:
        raise BadDestination(
            f"The {what} is given twice: {in_target} in the destination, and {by_itself}. "
            "Leave one out."
        )
    return in_target if by_itself is None else by_itself


def _checked_host(host: str, text: str) -> str:
    if not host:
        raise BadDestination(
            f"{text!r} names no host; expected something like gpu1, alice@gpu1 or gpu1:2222."
        )
    _check_characters("host", host, _SHELL_CHARACTERS)
    if any(character.isspace() for character in host):
        raise BadDestination(f"The host {host!r} contains white space.")
    return host


def _checked_user(user: str) -> str:
    if not user:
        raise BadDestination("The user name before the @ is empty.")
    _check_characters("user", user, _USER_SHELL_CHARACTERS)
    if user.endswith("\\"):
        raise BadDestination(f"The user {user!r} ends with a backslash.")
    return user


def _checked_port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= 65535):
        raise BadDestination(f"{text!r} is not a port; expected a number from 1 to 65535.")
    return int(text)


def _checked_identity(path: str) -> str:
    _check_characters("identity file", path, frozenset())
    return path


def _check_characters(what: str, value: str, forbidden: Iterable[str]) -> None:
    """A leading dash would be read as an option; control characters act on terminals."""
    if value.startswith("-"):
        raise BadDestination(f"The {what} {value!r} starts with a dash.")
    if any(not character.isprintable() for character in value):
        raise BadDestination(f"The {what} {value!r} contains a control character.")
    if bad := [character for character in value if character in forbidden]:
        raise BadDestination(f"The {what} {value!r} contains {bad[0]!r}, which has no place there.")


def _refuse_for_local(given: Iterable[object]) -> None:
    if extra := [value for value in given if value]:
        raise BadDestination(f"This machine is reached directly; {extra[0]!r} has no meaning.")
