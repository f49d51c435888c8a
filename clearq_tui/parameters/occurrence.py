"""Where a command's words say something of a parameter."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from clearq_tui.parameters.parameter import Parameter

NUMBER: Final = re.compile(r"-(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?")
"""A negative number: a value, not an option."""
_PLAIN_NUMBER: Final = re.compile(r"-\d+|-\d*\.\d+")
"""What every argparse takes for one; not all take an exponent."""


class Form(StrEnum):
    """How it is written."""

    APART = "apart"
    """`--lr 0.1`, or a flag."""
    JOINED = "joined"
    """`--lr=0.1`."""
    GLUED = "glued"
    """`-n3`."""
    CLUSTERED = "clustered"
    """One of the flags in `-vqx`."""
    PLACED = "placed"
    """A word in its place."""
    ASSIGNED = "assigned"
    """`key=value`."""


@dataclass(frozen=True)
class Occurrence:
    """Words [start, end) of a command."""

    start: int
    end: int
    name: str
    """As it is written: `--lr`, `-l`; the key of an assignment; empty for a word in its place."""
    form: Form
    values: tuple[str, ...] = ()
    parameter: Parameter | None = None
    """What it means; None where the program's source says nothing of it."""
    times: int = 1
    """In a cluster: how often."""

    @property
    def is_off(self) -> bool:
        """It switches its flag off."""
        spelling = self.parameter and self.parameter.spelling
        return bool(spelling and self.name in spelling.off)


@dataclass(frozen=True)
class Reading:
    """A command's arguments, understood."""

    occurrences: tuple[Occurrence, ...]
    path: tuple[str, ...]
    """The subcommand that is run."""
    subcommands: tuple[int, ...]
    """The words that name it."""
    first: int
    """Where the arguments begin."""
    end: int
    """Where options end: at a `--`, or behind the last word."""


def looks_like_option(word: str) -> bool:
    """Whether a word is an option rather than a value."""
    return len(word) > 1 and word.startswith("-") and not NUMBER.fullmatch(word)


def must_be_joined(word: str) -> bool:
    """Whether a value would be taken for an option, were it a word of its own."""
    return len(word) > 1 and word.startswith("-") and not _PLAIN_NUMBER.fullmatch(word)
