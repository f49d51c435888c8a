"""Cuts bytes that arrive in any pieces into lines of bounded length."""

from __future__ import annotations

from typing import Final

LONGEST_LINE: Final = 64 << 10
"""Bytes; of a longer line only the beginning is kept, and it is marked."""


class Line(bytes):
    """A line without its end."""

    is_cut = False
    """It was longer than `LONGEST_LINE`, and this is its beginning."""


class Lines:
    """Holds at most one line in memory, however long the other end makes it."""

    def __init__(self, longest: int = LONGEST_LINE) -> None:
        self._longest = longest
        self._begun = bytearray()
        self._is_cut = False

    def feed(self, data: bytes) -> list[Line]:
        """The lines that are complete now; a carriage return before the end is part of it."""
        *ended, rest = data.split(b"\n")
        found = []
        for piece in ended:
            self._add(piece)
            found.append(self._take())
        self._add(rest)
        return found

    def finish(self) -> list[Line]:
        """The line at the end that has no end of its own, if there is one."""
        return [self._take()] if self._begun else []

    def _add(self, piece: bytes) -> None:
        room = self._longest - len(self._begun)
        self._is_cut = self._is_cut or len(piece) > room
        self._begun += piece[:room]

    def _take(self) -> Line:
        line = Line(self._begun.removesuffix(b"\r"))
        line.is_cut = self._is_cut
        self._begun.clear()
        self._is_cut = False
        return line
