"""Lists an output directory bit by bit, so that the daemon is never kept from all else."""

from __future__ import annotations

import os
import stat
from typing import Generator, Iterator, List, NamedTuple, Optional

from remote_agent.layout import Layout
from remote_agent.outputs.reading import (
    MOST_DEPTH,
    Version,
    open_below,
    open_output,
    to_text,
    version_of,
)

MOST_FILES = 10_000
MOST_LOOKED_AT = 10 * MOST_FILES
"""Entries of any kind, links and directories among them."""
LONGEST_PATH = 4096
"""Bytes."""


class Listed(NamedTuple):
    """One regular file."""

    path: str
    """Relative to the output directory."""
    version: Version


class Listing:
    """A walk through the attempt's output as it is while the walk lasts; ends by itself."""

    def __init__(self, layout: Layout, attempt: str) -> None:
        self.skipped = 0
        """Links, sockets, unreadable directories and whatever else is no regular file."""
        self.is_cut = False
        """There was more than is ever listed."""
        self._steps = self._walk(layout, attempt)

    def __iter__(self) -> Iterator[Optional[Listed]]:
        """A file, or None for something else that was looked at: the caller may pause at each."""
        return self._steps

    def close(self) -> None:
        """Give it up."""
        self._steps.close()

    def _walk(self, layout: Layout, attempt: str) -> Generator[Optional[Listed], None, None]:
        try:
            root = open_output(layout, attempt)
        except OSError:
            return
        try:
            yield from self._walk_below(root)
        finally:
            os.close(root)

    def _walk_below(self, root: int) -> Iterator[Optional[Listed]]:
        listed = looked_at = 0
        waiting: List[List[bytes]] = [[]]
        while waiting:
            above = waiting.pop()
            for found in self._directory(root, above, waiting):
                looked_at += 1
                if listed == MOST_FILES or looked_at > MOST_LOOKED_AT:
                    self.is_cut = True
                    return
                listed += found is not None
                yield found

    def _directory(
        self, root: int, above: List[bytes], waiting: List[List[bytes]]
    ) -> Iterator[Optional[Listed]]:
        try:
            directory = open_below(root, above, is_file=False)
        except OSError:
            self.skipped += 1
            yield None
            return
        try:
            with os.scandir(directory) as entries:
                for entry in entries:
                    yield self._entry(directory, [*above, os.fsencode(entry.name)], waiting)
        except OSError:
            self.skipped += 1
        finally:
            os.close(directory)

    def _entry(
        self, directory: int, parts: List[bytes], waiting: List[List[bytes]]
    ) -> Optional[Listed]:
        try:
            found = os.stat(parts[-1], dir_fd=directory, follow_symlinks=False)
        except OSError:
            return None  # it went away in this moment
        path = b"/".join(parts)
        fits = len(parts) <= MOST_DEPTH and len(path) <= LONGEST_PATH
        if fits and stat.S_ISREG(found.st_mode):
            return Listed(to_text(path), version_of(found))
        if fits and stat.S_ISDIR(found.st_mode):
            waiting.append(parts)
        else:
            self.skipped += 1
        return None
