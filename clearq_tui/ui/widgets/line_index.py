"""Where the lines of a file of any size begin, found by counting line ends block by block.

The index keeps one number per 16 KiB of file: 8 bytes for some 200 lines. A line's place is then
one binary search and one block read away. Counting is separate from the index, because it may
happen in a thread while the index is in use.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

BLOCK: Final = 16 * 1024

Read = Callable[[int, int], bytes]
"""Reads at most so many bytes from an offset on: (offset, length)."""


@dataclass(frozen=True)
class Counted:
    """What a stretch of file holds: its bytes, and line ends per block that it touches."""

    length: int
    ends: Sequence[int]
    last_start: int | None
    """The offset in the stretch behind its last line end, None where it has none."""


def count_line_ends(piece: bytes, first_block_room: int = BLOCK) -> Counted:
    """Count a stretch's line ends per block; its first block ends after so many bytes."""
    edges = [0, *range(first_block_room, len(piece), BLOCK), len(piece)]
    ends = [piece.count(b"\n", start, end) for start, end in pairwise(edges)]
    last = piece.rfind(b"\n")
    return Counted(len(piece), ends, None if last < 0 else last + 1)


class LineIndex:
    """The lines of a file from the byte `start` on, as far as they were counted.

    Lines are numbered from 0. What follows the last line end is a line too, unless it is empty.
    """

    def __init__(self, start: int = 0) -> None:
        self.start = start
        self.size = start
        """The offset up to which lines were counted."""
        self.line_ends = 0
        self._last_start = start
        # Line ends before each block; blocks are counted from `start` on.
        self._before = array("Q", [0])

    @property
    def line_count(self) -> int:
        """How many lines there are, an unfinished last one included."""
        return self.line_ends + (self.size > self._last_start)

    @property
    def block_room(self) -> int:
        """How many bytes are missing until the last block is full."""
        return BLOCK - (self.size - self.start) % BLOCK

    def add(self, counted: Counted) -> None:
        """Take in the stretch that follows `size`, counted with this index's `block_room`."""
        room, left = self.block_room, counted.length
        if counted.last_start is not None:
            self._last_start = self.size + counted.last_start
        for ends in counted.ends:
            self.line_ends += ends
            if left >= room:
                self._before.append(self.line_ends)
            left -= room
            room = BLOCK
        self.size += counted.length

    def start_of_line(self, line: int, read: Read) -> int:
        """The offset of a line's first byte; that of the end for lines that are not there yet."""
        if line <= 0:
            return self.start
        if line > self.line_ends:
            return self.size
        block = bisect_left(self._before, line) - 1
        offset = self.start + block * BLOCK
        piece = read(offset, BLOCK)
        place = -1
        for _ in range(line - self._before[block]):
            place = piece.find(b"\n", place + 1)
            if place < 0:  # the file is not what was counted: it was replaced a moment ago
                return self.size
        return offset + place + 1
