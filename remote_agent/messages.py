"""What laptop and machine say to each other in control frames. Both ends import this file.

Each message is a NamedTuple whose fields are checked, one by one, when it arrives: an unknown
message, a missing field or a value of another type raises `WireError` with the field, the value and
what was expected. Fields that this end does not know are ignored, so that a newer end may say more.
"""

from __future__ import annotations

import json
from typing import Any, Dict, List, NamedTuple, Type, Union

from remote_agent.wire import CONTROL, WireError, encode

JsonObject = Dict[str, Any]

# Laptop → machine


class Hello(NamedTuple):
    """First on every link: who attaches, and up to where it knows the journal."""

    protocol: int
    store: str
    epoch: int
    """Raised durably by the store for each attach; a lower one is refused."""
    journal: str
    """The journal that `acknowledged` counts in; empty before the first attach."""
    acknowledged: int
    clock: float
    build: str


class Workers(NamedTuple):
    """The workers of this machine and their slots: desired state, the whole of it each time."""

    slots: Dict[str, int]


class Lease(NamedTuple):
    """Run this attempt. Repeating it changes nothing."""

    attempt: str
    spec: JsonObject


class Recall(NamedTuple):
    """Give the attempt back if its command has not started; answered by an event either way."""

    attempt: str


class Abort(NamedTuple):
    """End the attempt's whole process tree: SIGTERM, `grace` seconds, SIGKILL."""

    attempt: str
    grace: float


class Pull(NamedTuple):
    """Send the attempt's log from `offset`, up to `credit` bytes, as it grows."""

    attempt: str
    offset: int
    credit: int


class Acknowledge(NamedTuple):
    """All events up to `seq` are safe in the store; the journal may forget them."""

    seq: int


class Release(NamedTuple):
    """The attempt's outcome and its whole log are safe on the laptop; forget the attempt."""

    attempt: str


class Upgrade(NamedTuple):
    """Go on as the agent in `directory`, which was put there just now; pid and children stay."""

    directory: str


class Uninstall(NamedTuple):
    """End, and remove everything of this store's agent from the machine."""


# Machine → laptop


class Welcome(NamedTuple):
    """The answer to `Hello`."""

    protocol: int
    build: str
    machine: str
    boot: str
    journal: str
    """The id of this journal, drawn when it was created."""
    last: int
    """The last record before this attach: if the laptop knows a later one, the disk lost it."""
    clock: float
    facts: JsonObject
    commits: Dict[str, List[str]]
    """What the code cache holds: repository key → commits."""


class Refused(NamedTuple):
    """The link ends now, because of `reason`."""

    reason: str


class Event(NamedTuple):
    """A fact about an attempt, journaled and synced before it was sent."""

    seq: int
    attempt: str
    kind: str
    at: float
    """The machine's wall clock."""
    data: JsonObject


class Sample(NamedTuple):
    """The latest metrics; only the newest counts."""

    sample: JsonObject


class Need(NamedTuple):
    """Send the blob from `offset` on."""

    sha256: str
    offset: int


# Both ways


class Ping(NamedTuple):
    """Answered by a `Pong` with the same token."""

    token: int


class Pong(NamedTuple):
    """The answer to `Ping`."""

    token: int


Message = Union[
    Hello, Workers, Lease, Recall, Abort, Pull, Acknowledge, Release, Upgrade, Uninstall,
    Welcome, Refused, Event, Sample, Need, Ping, Pong,
]  # fmt: skip

_KINDS: Dict[str, Type[Any]] = {
    kind.__name__.lower(): kind
    for kind in (
        Hello, Workers, Lease, Recall, Abort, Pull, Acknowledge, Release, Upgrade, Uninstall,
        Welcome, Refused, Event, Sample, Need, Ping, Pong,
    )
}  # fmt: skip


def encode_message(message: Message) -> bytes:
    """The control frame that carries the message."""
    body = dict(message._asdict(), type=type(message).__name__.lower())
    return encode(CONTROL, json.dumps(body, separators=(",", ":")).encode())


def decode_message(payload: bytes) -> Message:
    """The message in a control frame.

    Raises:
        WireError: it is no JSON object, of no known type, or a field does not fit.
    """
    try:
        body = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise WireError("a control frame is not JSON: %s" % error) from None
    kind = _KINDS.get(str(body.get("type"))) if isinstance(body, dict) else None
    if kind is None:
        raise WireError("a control frame holds no known message: %.80r" % (payload,))
    values = {
        name: _checked(kind.__name__, name, expected, body)
        for name, expected in kind.__annotations__.items()
    }
    message: Message = kind(**values)
    return message


def _checked(message: str, name: str, expected: object, body: JsonObject) -> object:
    if name not in body:
        raise WireError("%s lacks the field %s" % (message, name))
    value = body[name]
    if not _CHECKS[str(getattr(expected, "__forward_arg__", expected))](value):
        raise WireError(
            "%s.%s is %.80r; expected %s"
            % (message, name, value, getattr(expected, "__forward_arg__", expected))
        )
    return value


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 63


def _is_seconds(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e12


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_object(value: object) -> bool:
    return isinstance(value, dict)


def _is_counts(value: object) -> bool:
    return isinstance(value, dict) and all(_is_count(count) for count in value.values())


def _is_names(value: object) -> bool:
    return isinstance(value, dict) and all(
        isinstance(names, list) and all(isinstance(name, str) for name in names)
        for names in value.values()
    )


_CHECKS = {
    "int": _is_count,
    "float": _is_seconds,
    "str": _is_text,
    "JsonObject": _is_object,
    "Dict[str, int]": _is_counts,
    "Dict[str, List[str]]": _is_names,
}
