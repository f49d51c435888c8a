"""Removes directory trees that tasks have left, whatever they made of them."""

from __future__ import annotations

import contextlib
import os
import shutil
from typing import List


def remove_tree(path: str) -> bool:
    """Remove what is at the path, as far as the disk lets it go; whether nothing of it is left.

    Directories that forbid it are made to allow it. No link is followed.
    """
    if os.path.islink(path) or not os.path.isdir(path):
        # A pipe too: to look for files in it would be to wait for somebody to write to it.
        with contextlib.suppress(OSError):
            os.unlink(path)
        return not os.path.lexists(path)
    with contextlib.suppress(RecursionError):  # one level of directories takes one of calls
        shutil.rmtree(path, ignore_errors=True)
    if os.path.isdir(path) and not os.path.islink(path):
        _remove_flat(path)
    return not os.path.lexists(path)


def _remove_flat(top: str) -> None:
    """Every directory is moved to one place before it is emptied, so that no depth is too deep."""
    place = top + ".flat"
    waiting = [top]
    with contextlib.suppress(FileExistsError):
        os.mkdir(place, 0o700)
    found: List[str] = []
    while waiting:
        directory = waiting.pop()
        found.append(directory)
        with contextlib.suppress(OSError):
            waiting += _empty(directory, place)
    for directory in [*found, place]:
        with contextlib.suppress(OSError):
            os.rmdir(directory)


def _empty(directory: str, place: str) -> List[str]:
    """Remove the files in the directory; the directories that were in it, where they are now."""
    os.chmod(directory, 0o700)
    moved = []
    with os.scandir(directory) as entries:
        inside = [(entry.path, entry.is_dir(follow_symlinks=False)) for entry in entries]
    for path, is_directory in inside:
        with contextlib.suppress(OSError):
            if not is_directory:
                os.unlink(path)
                continue
            os.chmod(path, 0o700)  # who moves a directory must be allowed to write in it
            target = os.path.join(place, os.urandom(8).hex())
            os.rename(path, target)
            moved.append(target)
    return moved
