"""What is said of an attempt's output: how well it is known, and where each file is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from clearq_tui.model import attempt_name


class ListingState(StrEnum):
    """Whether the laptop knows what an attempt left."""

    NONE = ""
    """There is nothing to list, as far as anybody has said."""
    WANTED = "wanted"
    """Its machine is to say it, again perhaps."""
    LISTED = "listed"


class OutputState(StrEnum):
    """Where an output file is."""

    LISTED = "listed"
    """On the machine."""
    WANTED = "wanted"
    """On its way to the laptop, or about to be."""
    WHOLE = "whole"
    """On the laptop too, its hash checked."""
    FAILED = "failed"
    """It was wanted and could not be had."""


class OutputSort(StrEnum):
    """By what a list of output files can be sorted."""

    PATH = "path"
    SIZE = "size"
    STATE = "state"


@dataclass(frozen=True)
class Listing:
    """How well an attempt's output is known."""

    state: ListingState
    note: str = ""
    """What the list does not hold; a sentence."""


@dataclass(frozen=True)
class OutputFile:
    """One file that an attempt left."""

    task: int
    attempt: int
    path: str
    """Relative to the output directory; bytes that are no UTF-8 are escaped (surrogateescape)."""
    size: int
    modified: int
    """Nanoseconds since the epoch on the machine's clock."""
    state: OutputState = OutputState.LISTED
    reason: str = ""
    """Why it could not be had, or what should be known of it."""
    sha256: str = ""
    """Of a whole one."""

    @property
    def attempt_name(self) -> str:
        """`8123.2`."""
        return attempt_name(self.task, self.attempt)


@dataclass(frozen=True)
class Totals:
    """An attempt's output in numbers."""

    files: int = 0
    bytes: int = 0
    whole: int = 0
    """Files that are on the laptop."""
    wanted: int = 0
    wanted_bytes: int = 0
