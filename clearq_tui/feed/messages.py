"""What the controller and its listeners say to each other: one JSON object a line.

A client asks with a `Request`; the controller tells its subscribers with a `Notice`.
"""

from __future__ import annotations

import json
import re
from typing import Final, Literal, NotRequired, TypedDict, cast

_KEY: Final = re.compile(r"(?:[0-9a-f]{2})*\Z")
LINE_LIMIT: Final = 1 << 20
"""Bytes; a longer line ends the conversation."""


class Nudge(TypedDict):
    """The store changed: look at once."""

    type: Literal["nudge"]


class Subscribe(TypedDict):
    """Tell me what happens from now on."""

    type: Literal["subscribe"]


class Stop(TypedDict):
    """Leave. Machines carry on with what they have."""

    type: Literal["stop"]


class Unlock(TypedDict):
    """Here is the key of the encrypted secrets; look again for those that could not be read.

    Answered by `Unlocked`. With an empty key: only look again, and say whether the key is there.
    """

    type: Literal["unlock"]
    key: str
    """Hexadecimal."""


Request = Nudge | Subscribe | Stop | Unlock


class Memory(TypedDict):
    """Bytes."""

    used: int | None
    total: int | None


class Traffic(TypedDict):
    """Bytes a second over all network interfaces."""

    received: float | None
    sent: float | None


class DiskTraffic(TypedDict):
    """Bytes a second over all disks."""

    read: float | None
    written: float | None


class Space(TypedDict):
    """Bytes on the file system where tasks run."""

    used: int | None
    total: int | None
    path: str | None


class Gpu(TypedDict):
    """One GPU: percent, bytes, degrees Celsius, watts."""

    index: int
    uuid: str | None
    name: str | None
    use: float | None
    memory_used: int | None
    memory_total: int | None
    temperature: float | None
    power: float | None


class AttemptUse(TypedDict):
    """What one attempt's process tree takes: percent of one core, bytes."""

    cpu: float | None
    memory: int | None
    processes: int | None


class Sample(TypedDict):
    """One look at a machine. What the machine cannot tell is None or missing."""

    at: float
    cpu: NotRequired[float | None]
    cores: NotRequired[int | None]
    load: NotRequired[list[float] | None]
    memory: NotRequired[Memory | None]
    network: NotRequired[Traffic | None]
    disk: NotRequired[DiskTraffic | None]
    space: NotRequired[Space | None]
    gpus: NotRequired[list[Gpu] | None]
    attempts: NotRequired[dict[str, AttemptUse] | None]


class Hello(TypedDict):
    """The first notice to a subscriber."""

    type: Literal["hello"]
    pid: int


class Changed(TypedDict):
    """The store changed, once or many times."""

    type: Literal["changed"]


class SampleTaken(TypedDict):
    """A machine's newest sample; `machine` is its id in the store."""

    type: Literal["sample"]
    machine: int
    sample: Sample


class LogGrew(TypedDict):
    """The attempt's log file on the laptop now has `size` bytes."""

    type: Literal["log"]
    attempt: str
    size: int


class ScalarsGrew(TypedDict):
    """The attempt's file of scalars on the laptop now has `size` bytes."""

    type: Literal["scalars"]
    attempt: str
    size: int


class FetchGrew(TypedDict):
    """So many bytes of an attempt's output file are on the laptop now."""

    type: Literal["fetch"]
    attempt: str
    path: str
    done: int


class Unlocked(TypedDict):
    """The answer to `Unlock`."""

    type: Literal["unlocked"]
    open: bool
    """Whether the encrypted secrets can be read now."""


Notice = Hello | Changed | SampleTaken | LogGrew | ScalarsGrew | FetchGrew


def encode(message: Request | Notice | Unlocked) -> bytes:
    """The message as one line."""
    return json.dumps(message, separators=(",", ":")).encode() + b"\n"


def decode_request(line: bytes) -> Request:
    """What a client asks.

    Raises:
        ValueError: the line is no request; the message says what was expected.
    """
    message = _object(line)
    kind = message.get("type")
    if kind == "unlock":
        return Unlock(type="unlock", key=_key(message.get("key")))
    if kind not in ("nudge", "subscribe", "stop"):
        raise ValueError(f"type is {kind!r}; expected nudge, subscribe, stop or unlock")
    return cast(Request, {"type": kind})


def _key(said: object) -> str:
    """Never shown, right or wrong."""
    if not isinstance(said, str) or not _KEY.match(said):
        raise ValueError("unlock.key, not shown here, is no hexadecimal text")
    return said


_NOTICE_FIELDS: Final[dict[str, dict[str, type]]] = {
    "hello": {"pid": int},
    "changed": {},
    "sample": {"machine": int, "sample": dict},
    "log": {"attempt": str, "size": int},
    "scalars": {"attempt": str, "size": int},
    "fetch": {"attempt": str, "path": str, "done": int},
}


def decode_notice(line: bytes) -> Notice:
    """What the controller tells.

    Raises:
        ValueError: the line is no notice; the message names the field and what was expected.
    """
    message = _object(line)
    kind = message.get("type")
    if not isinstance(kind, str) or kind not in _NOTICE_FIELDS:
        raise ValueError(f"type is {kind!r}; expected one of {', '.join(_NOTICE_FIELDS)}")
    for field, wanted in _NOTICE_FIELDS[kind].items():
        value = message.get(field)
        if not isinstance(value, wanted) or isinstance(value, bool):
            raise ValueError(f"{kind}.{field} is {value!r}; expected {wanted.__name__}")  # noqa: TRY004
    return cast(Notice, message)


def _object(line: bytes) -> dict[str, object]:
    if len(line) > LINE_LIMIT:
        raise ValueError(f"a line of {len(line)} bytes; expected at most {LINE_LIMIT}")
    try:
        message = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"not a line of JSON: {error}") from error
    if not isinstance(message, dict):
        raise ValueError(f"a JSON {type(message).__name__}; expected an object")  # noqa: TRY004
    return message
