"""Locks on files of the cache, which a sweep may take away at any time."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from typing import Callable, Iterator, Optional

_TRIES = 20
_PAUSE = 0.005
"""Seconds. Whoever only looks holds a lock for less than all tries take."""


@contextlib.contextmanager
def locked(path: str, on_wait: Callable[[], None]) -> Iterator[int]:
    """Hold the lock for the time of the block; `on_wait` is called before a longer wait for it.

    The block gets the descriptor that holds it: a program that has it open too holds it as well.

    Raises:
        OSError: the disk refuses.
    """
    file = _taken_soon(path)
    if file is None:
        on_wait()
        while file is None:
            file = _take(path, fcntl.LOCK_EX)
    try:
        yield file
    finally:
        os.close(file)


@contextlib.contextmanager
def locked_if_free(path: str) -> Iterator[bool]:
    """Hold the lock for the time of the block, unless somebody has it: then False.

    Raises:
        OSError: the disk refuses.
    """
    file = _take(path, fcntl.LOCK_EX | fcntl.LOCK_NB)
    try:
        yield file is not None
    finally:
        if file is not None:
            os.close(file)


def _taken_soon(path: str) -> Optional[int]:
    for _ in range(_TRIES):
        file = _take(path, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if file is not None:
            return file
        time.sleep(_PAUSE)
    return None


def _take(path: str, how: int) -> Optional[int]:
    """The descriptor that holds the lock; None: it is taken, or the file has just been removed."""
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(file, how)
        there = os.stat(path)
        found = os.fstat(file)
        if (there.st_dev, there.st_ino) == (found.st_dev, found.st_ino):
            return file
    except (BlockingIOError, FileNotFoundError):
        pass
    except BaseException:
        os.close(file)
        raise
    os.close(file)
    return None
