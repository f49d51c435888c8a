"""A log file that grows, may not be there yet, may be cut or replaced."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import Final

from clearq_tui.ui.widgets.line_index import BLOCK, Counted, LineIndex, count_line_ends
from clearq_tui.ui.widgets.log_search import Found, LogSearch, search_piece

AT_ONCE: Final = 1024 * 1024
"""Files up to this size are counted before the first paint, larger ones from their tail."""
TAIL: Final = 256 * 1024
COUNT_STEP: Final = 4 * 1024 * 1024
SEARCH_STEP: Final = 1024 * 1024
"""Bytes searched in one step of the background work: a few milliseconds."""
_LINE_PART: Final = 64 * 1024
"""What is read of each end of a line that is longer than this twice."""


class Change(Enum):
    """What happened to the file since the last look."""

    NOTHING = auto()
    GREW = auto()
    REPLACED = auto()
    """Another file, or the same one cut short: what was known of it no longer holds."""


@dataclass(frozen=True)
class _Identity:
    device: int
    inode: int


class LogFile:
    """Reads lines by number. Only `count_on` and `search_on` work in a thread.

    Until a large file is counted, its lines are those of its tail, numbered from 0; when it is,
    `count_on` says how many lines are above them.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problem = ""
        """Why the file cannot be read, as a sentence; empty where it can or is not there yet."""
        self.size = 0
        self.lines = LineIndex()
        self._whole: LineIndex | None = None
        self._identity: _Identity | None = None

    @property
    def exists(self) -> bool:
        """Whether the file was there at the last look."""
        return self._identity is not None

    @property
    def counted(self) -> float:
        """How much of the file's lines are numbered, 0 to 1."""
        if self._whole is None:
            return 1.0
        return self._whole.size / max(1, self.lines.size)

    @property
    def complete(self) -> bool:
        """Whether all lines up to the last look are numbered from the file's beginning."""
        return self._whole is None and self.lines.size >= self.size

    def look(self) -> Change:
        """Ask the file system how the file is now. Cheap: one `stat`."""
        try:
            status = self.path.stat()
        except FileNotFoundError:
            return self._lost("")
        except OSError as error:
            return self._lost(f"The log {self.path} cannot be read: {error.strerror}.")
        identity = _Identity(status.st_dev, status.st_ino)
        if identity != self._identity or status.st_size < self.lines.size:
            self._identity, self.size = identity, status.st_size
            self._begin()
            return Change.REPLACED
        grew = status.st_size > self.size
        self.size = status.st_size
        return Change.GREW if grew else Change.NOTHING

    async def count_on(self) -> int:
        """Count the next step of lines. The number of lines that appeared above the others."""
        index = self._whole or self.lines
        end = self.lines.size if self._whole else self.size
        length = min(COUNT_STEP, end - index.size)
        if length > 0:
            identity, offset, room = self._identity, index.size, index.block_room
            if length <= BLOCK:  # a thread would cost more than the work
                counted = self._count(offset, length, room)
            else:
                counted = await asyncio.to_thread(self._count, offset, length, room)
            if identity != self._identity or index is not (self._whole or self.lines):
                return 0
            index.add(counted)
        if self._whole and self._whole.size >= self.lines.size:
            above = self._whole.line_ends - self.lines.line_ends
            self.lines, self._whole = self._whole, None
            return above
        return 0

    async def search_on(self, search: LogSearch) -> None:
        """Search the next step of the counted lines."""
        offset = search.offset
        length = min(SEARCH_STEP, self.lines.size - search.overlap - offset)
        index = self.lines
        found = await asyncio.to_thread(self._search, search, offset, length)
        if index is self.lines:
            search.add(found)

    def read_lines(self, first: int, end: int) -> list[bytes]:
        """The raw lines `first` up to `end`, without line ends; very long ones in part.

        Of a very long line the beginning is given, or what follows the last carriage return
        near its end.
        """
        end = min(end, self.lines.line_count)
        if first >= end:
            return []
        start = self.lines.start_of_line(first, self._read)
        stop = self.lines.start_of_line(end, self._read)
        if stop - start <= 2 * _LINE_PART * (end - first):
            lines = self._read(start, stop - start).split(b"\n")
            return [line.removesuffix(b"\r") for line in lines[: end - first]]
        return [self._read_long_line(line) for line in range(first, end)]

    def _read_long_line(self, line: int) -> bytes:
        start = self.lines.start_of_line(line, self._read)
        stop = self.lines.start_of_line(line + 1, self._read)
        if stop - start <= 2 * _LINE_PART:
            return self._read(start, stop - start).removesuffix(b"\n").removesuffix(b"\r")
        tail = self._read(stop - _LINE_PART, _LINE_PART).removesuffix(b"\n").removesuffix(b"\r")
        if b"\r" in tail:
            return tail[tail.rindex(b"\r") + 1 :]
        return self._read(start, _LINE_PART)

    def _lost(self, problem: str) -> Change:
        changed = self.exists or problem != self.problem
        self.problem, self._identity, self.size = problem, None, 0
        self.lines, self._whole = LineIndex(), None
        return Change.REPLACED if changed else Change.NOTHING

    def _begin(self) -> None:
        """Number the lines of a small file, or those of a large one's tail."""
        self.problem = ""
        self.lines, self._whole = LineIndex(), None
        if self.size > AT_ONCE:
            start = self.size - TAIL
            piece = self._read(start, TAIL)
            self.lines = LineIndex(start + piece.find(b"\n") + 1)
            self._whole = LineIndex()
        length = self.size - self.lines.size
        self.lines.add(self._count(self.lines.size, length, self.lines.block_room))

    def _count(self, offset: int, length: int, room: int) -> Counted:
        return count_line_ends(self._read(offset, length), room)

    def _search(self, search: LogSearch, offset: int, length: int) -> Found:
        piece = self._read(offset, length + search.overlap)
        return search_piece(search.wanted, piece, length, ignore_case=search.ignore_case)

    def _read(self, offset: int, length: int) -> bytes:
        """At most so many bytes; none where the file has gone, which the next look will notice."""
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
            try:
                return os.pread(descriptor, length, offset)
            finally:
                os.close(descriptor)
        except FileNotFoundError:
            return b""
        except OSError as error:
            self.problem = f"The log {self.path} cannot be read: {error.strerror}."
            return b""
