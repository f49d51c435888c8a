"""Runs programs whose output goes to the task's log, and keeps the end of what they say."""

from __future__ import annotations

import os
import subprocess
from typing import Dict, NamedTuple, Optional, Sequence

_KEPT = 1 << 16
"""Bytes; more than any tool needs to say what went wrong."""


class Finished(NamedTuple):
    """A program that has ended."""

    code: int
    """Its exit code, or -signal."""
    said: str
    """The end of what it printed."""


def run(
    log: int,
    arguments: Sequence[str],
    environment: Dict[str, str],
    place: str,
    standard_output: Optional[int] = None,
) -> Finished:
    """Run the program to its end.

    Args:
        log: a descriptor that everything it prints is copied to.
        arguments: the program first.
        environment: all its variables.
        place: the directory to run it in.
        standard_output: where that goes instead.

    Raises:
        OSError: there is no such program, or it may not be run.
    """
    said = b""
    with subprocess.Popen(
        list(arguments),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if standard_output is None else standard_output,
        stderr=subprocess.STDOUT if standard_output is None else subprocess.PIPE,
        env=environment,
        cwd=place,
    ) as process:
        stream = process.stdout if standard_output is None else process.stderr
        assert stream is not None, "it was asked for"
        while True:
            piece = os.read(stream.fileno(), _KEPT)
            if not piece:
                break
            said = (said + piece)[-_KEPT:]
            _copy(log, piece)
    return Finished(process.returncode, said.decode("utf-8", "replace"))


def _copy(log: int, piece: bytes) -> None:
    """A disk without room for the log costs the log, not the program."""
    rest = memoryview(piece)
    try:
        while rest:
            rest = rest[os.write(log, rest) :]
    except OSError:
        return
