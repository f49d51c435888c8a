"""What is wanted of outputs, and what `output_session` asks of whoever drives it. Plain data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from remote_agent.messages import Message, OutputEntry


class WantedFile(NamedTuple):
    """A file in the version that was listed."""

    attempt: str
    path: str
    size: int
    modified: int


class WantedDiscard(NamedTuple):
    """What an attempt left is to be given up; where the machine still holds it, itself too."""

    attempt: str
    held: bool


@dataclass(frozen=True)
class OutputWishes:
    """What the store wants of a machine's outputs: the whole of it each time."""

    listings: Sequence[str] = ()
    files: Sequence[WantedFile] = ()
    """The most urgent of them, in their order."""
    discards: Sequence[WantedDiscard] = ()


# Effects


class Say(NamedTuple):
    """Send the message."""

    message: Message


class TakeListing(NamedTuple):
    """Note what the attempt has left."""

    attempt: str
    files: list[OutputEntry]
    skipped: int
    cut: bool


class OpenPart(NamedTuple):
    """Find out how much of the file is here, then call `opened`."""

    file: WantedFile


class WritePart(NamedTuple):
    """Add the bytes to what is here of the file, then call `written`."""

    file: WantedFile
    data: bytes


class CompletePart(NamedTuple):
    """The file is here; if its hash is right, give it its name. Then call `completed`."""

    file: WantedFile
    sha256: str


class ClosePart(NamedTuple):
    """Nothing more of the file comes on this link."""

    file: WantedFile


class TakeChange(NamedTuple):
    """The file is another one on the machine now: note it, so that this one is wanted instead."""

    file: WantedFile
    size: int
    modified: int


class TakeFailure(NamedTuple):
    """The file cannot be had; the reason is a sentence."""

    file: WantedFile
    reason: str


class TakeDiscarded(NamedTuple):
    """What the attempt left is given up."""

    attempt: str


OutputEffect = (
    Say | TakeListing | OpenPart | WritePart | CompletePart | ClosePart | TakeChange | TakeFailure
    | TakeDiscarded
)  # fmt: skip
