"""What the journal holds, and what the core asks of the shell around it. Plain data."""

from __future__ import annotations

from typing import Any, Dict, List, NamedTuple, Sequence, Union

from remote_agent.messages import Message


class Record(NamedTuple):
    """One line of the journal."""

    seq: int
    kind: str
    """`epoch`, `spawned`, or the kind of an event: see `EVENTS`."""
    attempt: str
    at: float
    """The machine's wall clock, seconds."""
    data: Dict[str, Any]


EPOCH = "epoch"
ACCEPTED = "accepted"
SPAWNED = "spawned"
"""The agent's own: a runner is being made, under the boot that `data` names."""
PREPARING = "preparing"
STEP = "step"
"""How far the environment is set up: `data` has all its steps so far."""
STARTED = "started"
ENDED = "ended"
RECALLED = "recalled"
RELEASED = "released"

EVENTS = frozenset({ACCEPTED, PREPARING, STEP, STARTED, ENDED, RECALLED, RELEASED})
"""Record kinds that the laptop is told of; the others are the agent's own."""


class RunnerState(NamedTuple):
    """What an attempt's directory says of its runner."""

    phase: str
    """`created`, `preparing`, `running`, `ended` or `vanished`."""
    record: Dict[str, Any]
    """What `started.json` or, once ended, `result.json` holds."""
    steps: Sequence[Dict[str, Any]] = ()
    """How far its environment is set up."""


# Effects: carried out by the shell in the order given, after the records of the turn are synced.


class Create(NamedTuple):
    """Make the attempt's directory; it must not exist."""

    attempt: str
    spec: Dict[str, Any]


class Spawn(NamedTuple):
    """Fork the attempt's runner."""

    attempt: str


class End(NamedTuple):
    """End the attempt's process tree: SIGTERM, `grace` seconds, SIGKILL."""

    attempt: str
    grace: float


class Remove(NamedTuple):
    """Remove the attempt's directory, and the blobs that no attempt needs any more."""

    attempt: str


class BecomeBuild(NamedTuple):
    """Execute the agent in `directory` in place of this one."""

    directory: str


class RemoveEverything(NamedTuple):
    """Remove the agent's root and end."""


Effect = Union[Create, Spawn, End, Remove, BecomeBuild, RemoveEverything]


class Send(NamedTuple):
    """Send the message on the link."""

    link: int
    message: Message


class Close(NamedTuple):
    """Close the link, once what was sent on it before is written."""

    link: int


Outgoing = Union[Send, Close]


class Turn(NamedTuple):
    """What one round of inputs led to: records to sync, then effects, then what goes out."""

    records: List[Record]
    effects: List[Effect]
    outgoing: List[Outgoing]


class NeededBlob(NamedTuple):
    """What an attempt's spec says of a blob that it needs."""

    size: int
    """In bytes."""
    keep: bool = False
    """It stays on the machine after the attempts that need it."""
