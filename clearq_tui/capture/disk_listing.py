"""The files of a directory that a capture would bring: git's, or what is there without git."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from clearq_tui.capture.failure import CaptureError
from clearq_tui.capture.git_process import GitProcess
from clearq_tui.capture.locate import find_working_tree
from clearq_tui.capture.snapshot_files import seen_from
from clearq_tui.capture.warnings import printable

MOST_WITHOUT_GIT: Final = 5_000
"""Entries of a directory without git that are looked at, those on top first."""


def plain_files(directory: Path) -> Iterator[str]:
    """Paths of plain files relative to `directory`, `../` for those beside it.

    Raises:
        CaptureError: there is no such directory, or git refuses its repository.
    """
    if not directory.is_dir():
        raise CaptureError(f"There is no directory {printable(str(directory))}.")
    place = directory.resolve()
    tree = find_working_tree(place)
    if tree is None:
        yield from _walked(place)
        return
    silenced = [f"filter.{name}.{kind}=" for name in tree.filters for kind in ("clean", "process")]
    listed = GitProcess(
        tree.top, ["ls-files", "-z", "-c", "-o", "--exclude-standard"], settings=silenced
    )
    top = os.fspath(tree.top)
    here = "" if place == tree.top else os.path.relpath(place, top)
    for name in dict.fromkeys(listed.finish().split(b"\0")):
        path = os.fsdecode(name)
        if path and _is_plain(f"{top}/{path}"):
            yield seen_from(here, path)


def _walked(place: Path) -> Iterator[str]:
    """Breadth first, so that what is near is found within the bound."""
    waiting = [place]
    seen = 0
    while waiting:
        directory = waiting.pop(0)
        try:
            with os.scandir(directory) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except OSError:  # not for this operator to read; capture says so when it comes to that
            continue
        for entry in entries:
            seen += 1
            if seen > MOST_WITHOUT_GIT:
                return
            if entry.is_dir(follow_symlinks=False):
                if not entry.name.startswith("."):
                    waiting.append(Path(entry.path))
            elif entry.is_file(follow_symlinks=False):
                yield os.path.relpath(entry.path, place)


def _is_plain(path: str) -> bool:
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except OSError:
        return False
