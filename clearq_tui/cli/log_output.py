"""Where a log goes: its very bytes into a pipe, harmless text onto a terminal."""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Iterable

from clearq_tui.cli.terminal import has_colour, is_terminal
from clearq_tui.safe_text import LogFilter


def pause(seconds: float) -> None:
    """Wait, unless whoever reads the log has gone away.

    Raises:
        BrokenPipeError: nobody reads any more; a log that does not grow would never notice.
    """
    poll = select.poll()
    poll.register(sys.stdout.fileno(), 0)
    if any(what & (select.POLLERR | select.POLLHUP) for _, what in poll.poll(seconds * 1000)):
        raise BrokenPipeError


def write_log(pieces: Iterable[bytes]) -> None:
    """Write each piece as soon as it comes; on a terminal end the log's colours at its end."""
    if is_terminal():
        _write_safe(pieces)
    else:
        for piece in pieces:
            _write_whole(piece)


def _write_whole(piece: bytes) -> None:
    """Past Python's buffer, which an unbuffered interpreter does without, and its short writes."""
    rest = memoryview(piece)
    while rest:
        rest = rest[os.write(sys.stdout.fileno(), rest) :]


def _write_safe(pieces: Iterable[bytes]) -> None:
    safe = LogFilter(colour=has_colour())
    try:
        for piece in pieces:
            sys.stdout.write(safe.feed(piece))
            sys.stdout.flush()
    finally:
        # Also when the operator interrupts: the prompt must not inherit the log's colours.
        sys.stdout.write(safe.finish())
        sys.stdout.flush()
