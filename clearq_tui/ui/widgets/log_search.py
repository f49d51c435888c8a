"""Finding the lines of a log that hold some text, piece by piece, by bytes."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

MOST_MATCHES: Final = 200_000
"""Matching lines that are remembered; the search ends there and says so."""


@dataclass(frozen=True)
class Found:
    """What a stretch of file held: how far it was searched, its line ends, its matching lines."""

    length: int
    line_ends: int
    lines: Sequence[int]
    """Numbers of matching lines, 0 being the line in which the stretch begins."""


def search_piece(wanted: bytes, piece: bytes, length: int, *, ignore_case: bool) -> Found:
    """Search for matches that begin in the first `length` bytes of the piece.

    The bytes behind them let a match be found that begins near the end. No regular expression:
    those keep other threads waiting for as long as a search takes.
    """
    searched = piece.lower() if ignore_case else piece
    lines: list[int] = []
    line, counted = 0, 0
    place = searched.find(wanted)
    while 0 <= place < length:
        line += piece.count(b"\n", counted, place)
        counted = place
        lines.append(line)
        # One match a line is enough: go on behind it.
        line_end = piece.find(b"\n", place)
        place = searched.find(wanted, line_end) if line_end >= 0 else -1
    return Found(length, piece.count(b"\n", 0, length), lines)


class LogSearch:
    """A plain text looked for in a growing file. Case matters only if the text has capitals.

    Matches never span lines. Raises ValueError for an empty text.
    """

    def __init__(self, text: str) -> None:
        if not text:
            raise ValueError("There is nothing to search for: the text is empty.")
        self.text = text
        self.ignore_case = text == text.lower()
        self.wanted = text.encode("utf-8", "replace")
        self.shown = re.compile(re.escape(text), re.IGNORECASE if self.ignore_case else 0)
        """Finds the matches in a line as it is shown."""
        self.overlap = len(self.wanted) - 1
        self.offset = 0
        """How far the file was searched."""
        self._line = 0
        self._lines = array("Q")

    @property
    def count(self) -> int:
        """How many matching lines were found so far."""
        return len(self._lines)

    @property
    def full(self) -> bool:
        """Whether so many lines match that the search has ended."""
        return len(self._lines) >= MOST_MATCHES

    def done(self, size: int) -> bool:
        """Whether a file of so many bytes was searched."""
        return self.full or self.offset >= size - self.overlap

    def add(self, found: Found) -> None:
        """Take in what the stretch at `offset` held."""
        for line in found.lines[: MOST_MATCHES - len(self._lines)]:
            number = self._line + line
            if not self._lines or self._lines[-1] != number:
                self._lines.append(number)
        self._line += found.line_ends
        self.offset += found.length

    def goal(self, direction: int, line: int, *, done: bool) -> int | None:
        """The nearest matching line below (1) or above (-1) a line, around the ends if need be.

        None where there is none, or where it cannot be known before more is searched.
        """
        if direction > 0:
            place = bisect_right(self._lines, line)
            if place == len(self._lines) and not done:
                return None
            place %= max(1, len(self._lines))
        else:
            if self._line < line and not done:
                return None
            place = bisect_left(self._lines, line) - 1
        return self._lines[place] if self._lines else None

    def rank(self, line: int) -> int | None:
        """The place of a matching line among all, from 1; None where it does not match."""
        place = bisect_left(self._lines, line)
        if place < len(self._lines) and self._lines[place] == line:
            return place + 1
        return None
