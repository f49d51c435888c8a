"""Reading an attempt's log on the laptop: from its last lines on, as it grows."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

PIECE: Final = 64 << 10
"""Bytes read at once."""


def start_of_last_lines(log: BinaryIO, count: int) -> int:
    """The offset where the last `count` lines begin; a last line without its end counts."""
    size = log.seek(0, os.SEEK_END)
    if count <= 0:
        return size
    wanted = count
    position = size
    while position > 0:
        start = max(0, position - PIECE)
        log.seek(start)
        piece = log.read(position - start)
        searched = len(piece) - 1 if position == size and piece.endswith(b"\n") else len(piece)
        while (found := piece.rfind(b"\n", 0, searched)) >= 0:
            wanted -= 1
            if wanted == 0:
                return start + found + 1
            searched = found
        position = start
    return 0


def pieces(
    path: Path, last_lines: int | None, is_over: Callable[[], bool], wait: Callable[[], None]
) -> Iterator[bytes]:
    """What the log holds, then what it gains, until `is_over` and everything has been read.

    `wait` is called when there is nothing new; a log that does not exist yet is waited for.
    """
    log: BinaryIO | None = None
    try:
        while True:
            # Asked before reading: what came before the end must still be read after it.
            over = is_over()
            log = log or _open(path, last_lines)
            while log and (piece := log.read(PIECE)):
                yield piece
            if over:
                return
            wait()
    finally:
        if log:
            log.close()


def _open(path: Path, last_lines: int | None) -> BinaryIO | None:
    try:
        log = path.open("rb")
    except FileNotFoundError:
        return None
    log.seek(0 if last_lines is None else start_of_last_lines(log, last_lines))
    return log
