"""What laptop and machine say to each other in control frames. Both ends import this file.

Each message is a NamedTuple whose fields are checked, one by one, when it arrives: an unknown
message, a missing field or a value of another type raises `WireError` with the field, the value and
what was expected. Fields that this end does not know are ignored, so that a newer end may say more.
"""

from __future__ import annotations

import json
from typing import Any, Dict, List, NamedTuple, Tuple, Type, Union

from remote_agent.wire import CONTROL, WireError, encode

JsonObject = Dict[str, Any]

OutputEntry = Tuple[str, int, int]
"""An output file: path relative to the output directory, bytes, time of its last change in ns."""

LARGEST_SECRETS = 128 << 10
"""Bytes that the values of one attempt's secrets may have together."""

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
    """Send these streams of the attempt, each from its offset, as they grow.

    The log is the last of them to end: once all of it is there, so are the others.
    """

    attempt: str
    offsets: Dict[str, int]
    """`log` and `scalars`."""
    credit: int
    """How many bytes of each may be sent."""


class ListOutput(NamedTuple):
    """Say what is in the attempt's output directory; answered by `Output`."""

    attempt: str


class Fetch(NamedTuple):
    """Send an output file from `offset` on, if it still is as it was listed.

    Answered by pieces and `Sent`, or by `Changed` or `Unsent`. Said again for more credit.
    """

    ask: int
    """Higher with each file that is asked for on this link; names it in all answers."""
    attempt: str
    path: str
    size: int
    modified: int
    """With the size, tells whether the file is still the same: see `Output`."""
    offset: int
    credit: int
    """How many bytes may be sent; 0: the file is not wanted any more."""


class Discard(NamedTuple):
    """What the attempt left is not wanted any more; answered by `Discarded`."""

    attempt: str


class Acknowledge(NamedTuple):
    """All events up to `seq` are safe in the store; the journal may forget them."""

    seq: int


class Release(NamedTuple):
    """The attempt's outcome and its whole log are safe on the laptop; forget the attempt."""

    attempt: str


class Secrets(NamedTuple):
    """The answer to `NeedSecrets`. Kept in memory on both ends, and nowhere else."""

    attempt: str
    values: Dict[str, str]
    """By the names in the attempt's spec."""
    problem: str
    """Why there are none: the attempt fails with this sentence. Empty: here they are."""

    def __repr__(self) -> str:
        """Without the values, so that no error and no log can show them."""
        return "Secrets(%r, values of %r)" % (self.attempt, sorted(self.values))


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


class NeedSecrets(NamedTuple):
    """The attempt cannot start without the values of its secrets, which are not in memory."""

    attempt: str


class Output(NamedTuple):
    """A page of what is in an attempt's output directory; the pages come in order."""

    attempt: str
    files: List[OutputEntry]
    last: bool
    """There are no more pages."""
    skipped: int
    """How many links and other things, which are never sent, lie there too."""
    cut: bool
    """There is more than is listed."""


class Sent(NamedTuple):
    """All of an output file was sent; this is the hash of the whole of it."""

    ask: int
    sha256: str


class Changed(NamedTuple):
    """An output file is not what was asked for any more: it is this now. Nothing more is sent."""

    ask: int
    size: int
    modified: int


class Unsent(NamedTuple):
    """An output file cannot be sent."""

    ask: int
    reason: str


class Discarded(NamedTuple):
    """What the attempt left is gone."""

    attempt: str


# Both ways


class Ping(NamedTuple):
    """Answered by a `Pong` with the same token."""

    token: int


class Pong(NamedTuple):
    """The answer to `Ping`."""

    token: int


Message = Union[
    Hello, Workers, Lease, Recall, Abort, Pull, ListOutput, Fetch, Discard, Acknowledge, Release,
    Secrets, Upgrade, Uninstall, Welcome, Refused, Event, Sample, Need, NeedSecrets, Output, Sent,
    Changed, Unsent, Discarded, Ping, Pong,
]  # fmt: skip

_KINDS: Dict[str, Type[Any]] = {
    kind.__name__.lower(): kind
    for kind in (
        Hello, Workers, Lease, Recall, Abort, Pull, ListOutput, Fetch, Discard, Acknowledge,
        Release, Secrets, Upgrade, Uninstall, Welcome, Refused, Event, Sample, Need, NeedSecrets,
        Output, Sent, Changed, Unsent, Discarded, Ping, Pong,
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
        # Not the frame itself: it may be a newer end's, with a secret in it.
        said = body.get("type") if isinstance(body, dict) else type(body).__name__
        raise WireError("a control frame holds no known message: its type is %.80r" % (said,))
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
    kind = str(getattr(expected, "__forward_arg__", expected))
    if not _CHECKS[kind](value):
        if kind == _VALUES:
            raise WireError("%s.%s, not shown here, is no %s" % (message, name, _VALUES_ARE))
        raise WireError("%s.%s is %.80r; expected %s" % (message, name, value, kind))
    return value


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 63


def _is_seconds(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e12


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_object(value: object) -> bool:
    return isinstance(value, dict)


def _is_truth(value: object) -> bool:
    return isinstance(value, bool)


def _is_files(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(file, list)
        and len(file) == len(_ENTRY)
        and all(fits(part) for fits, part in zip(_ENTRY, file))  # noqa: B905 - Python 3.8
        for file in value
    )


def _is_counts(value: object) -> bool:
    return isinstance(value, dict) and all(_is_count(count) for count in value.values())


def _is_names(value: object) -> bool:
    return isinstance(value, dict) and all(
        isinstance(names, list) and all(isinstance(name, str) for name in names)
        for names in value.values()
    )


def _is_values(value: object) -> bool:
    if not isinstance(value, dict) or not all(map(_is_text, value.values())):
        return False
    try:
        data = [text.encode() for text in value.values()]
    except UnicodeEncodeError:  # half of a surrogate pair, which JSON allows
        return False
    return sum(map(len, data)) <= LARGEST_SECRETS and not any(b"\0" in text for text in data)


_ENTRY = (_is_text, _is_count, _is_count)
_VALUES = "Dict[str, str]"
_VALUES_ARE = "object of texts without zeros, at most %d bytes together" % LARGEST_SECRETS
_CHECKS = {
    "int": _is_count,
    "float": _is_seconds,
    "str": _is_text,
    "bool": _is_truth,
    "JsonObject": _is_object,
    "List[OutputEntry]": _is_files,
    "Dict[str, int]": _is_counts,
    _VALUES: _is_values,
    "Dict[str, List[str]]": _is_names,
}
