"""Output outlives its attempt on the machine for a while, so that it can still be fetched."""

from __future__ import annotations

import contextlib
import os
import stat
from typing import Iterator, List, NamedTuple

from remote_agent.layout import Layout
from remote_agent.places import OUTPUT
from remote_agent.removal import remove_tree

MOST_BYTES = 50 << 30
LONGEST = 30 * 86400.0
"""Seconds."""
_DOOMED = ".old-"


def has_output(directory: str) -> bool:
    """Whether the attempt of this directory has left anything in its output."""
    try:
        with os.scandir(os.path.join(directory, OUTPUT)) as entries:
            return next(entries, None) is not None
    except OSError:
        return False


def keep(layout: Layout, attempt: str) -> None:
    """Put the attempt's output, if there is any, where it outlives the attempt's directory.

    An output that cannot be moved stays where it is, and goes with the attempt.
    """
    directory = layout.attempt(attempt)
    if not _is_directory(os.path.join(directory, OUTPUT)) or not has_output(directory):
        return
    with contextlib.suppress(OSError):
        _move(os.path.join(directory, OUTPUT), layout.output(attempt))
        os.utime(layout.output(attempt))  # from now on it counts


def doom(layout: Layout, attempt: str) -> None:
    """Have the attempt's output be no more, at once; `remove_doomed` gives its room back."""
    # In this order: a remover at work just now moves it from the first place to the second.
    for place in (os.path.join(layout.attempt(attempt), OUTPUT), layout.output(attempt)):
        with contextlib.suppress(OSError):
            _move(place, os.path.join(layout.outputs, _DOOMED + os.urandom(8).hex()))


def remove_doomed(layout: Layout) -> None:
    """Remove what was doomed. May take long."""
    for name in os.listdir(layout.outputs):
        if name.startswith(_DOOMED):
            remove_tree(os.path.join(layout.outputs, name))


def has_doomed(layout: Layout) -> bool:
    """Whether there is something to remove."""
    return any(name.startswith(_DOOMED) for name in os.listdir(layout.outputs))


def sweep(layout: Layout, now: float, most_bytes: int = MOST_BYTES) -> None:
    """Give up what is older than `LONGEST`, and the oldest of the rest beyond `most_bytes`."""
    total = 0
    for kept in sorted(_kept(layout), reverse=True):
        total += _size(os.path.join(layout.outputs, kept.attempt))
        if now - kept.since > LONGEST or total > most_bytes:
            doom(layout, kept.attempt)
    remove_doomed(layout)


class _Kept(NamedTuple):
    since: float
    attempt: str


def _kept(layout: Layout) -> Iterator[_Kept]:
    for name in os.listdir(layout.outputs):
        if not name.startswith("."):
            with contextlib.suppress(FileNotFoundError):
                yield _Kept(os.lstat(os.path.join(layout.outputs, name)).st_mtime, name)


def _is_directory(path: str) -> bool:
    try:
        return stat.S_ISDIR(os.lstat(path).st_mode)
    except FileNotFoundError:
        return False


def _move(place: str, target: str) -> None:
    if not _is_directory(place):
        raise FileNotFoundError(place)
    os.chmod(place, 0o700)  # who moves a directory must be allowed to write in it
    os.rename(place, target)


def _size(path: str) -> int:
    """Bytes that the files below the path take on the disk."""
    total = 0
    waiting: List[str] = [path]
    while waiting:
        with contextlib.suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                with contextlib.suppress(OSError):
                    total += entry.stat(follow_symlinks=False).st_blocks * 512
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
    return total
