"""Where tools keep what they have unpacked; environments share its bytes by links."""

from __future__ import annotations

import contextlib
import fcntl
import os
from typing import Collection, Iterator

from remote_agent.removal import remove_tree

_ARCHIVES = (".conda", ".tar.bz2")
_LOCK = "packages.lock"


class PackageCaches:
    """Those of one agent, a directory for each tool."""

    def __init__(self, cache: str) -> None:
        self._above = os.path.join(cache, "conda")
        self.directory = os.path.join(self._above, "packages")

    def of(self, tool: str) -> str:
        """The directory of the tool, made now if need be.

        Raises:
            OSError: the disk refuses.
        """
        place = os.path.join(self.directory, tool)
        os.makedirs(place, mode=0o700, exist_ok=True)
        return place

    @contextlib.contextmanager
    def in_use(self, alone: bool) -> Iterator[int]:
        """Keep sweeps away for the time of the block, and others too when `alone`.

        The block gets a descriptor: a program that has it open does the same.

        Raises:
            OSError: the disk refuses.
        """
        file = self._open()
        try:
            fcntl.flock(file, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
            yield file
        finally:
            os.close(file)

    def drop_archives(self, tool: str) -> None:
        """Remove the archives that the tool has kept beside what it unpacked from them."""
        place = self.of(tool)
        for name in os.listdir(place):
            path = os.path.join(place, name)
            if name.endswith(_ARCHIVES) and os.path.isfile(path):
                os.unlink(path)

    def keep_only(self, stems: Collection[str]) -> None:
        """Remove every package that is none of these, unless a build is at work.

        Args:
            stems: name, version and build of each, joined by `-`.

        Raises:
            OSError: the disk refuses.
        """
        if not os.path.isdir(self.directory):
            return
        file = self._open()
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for tool in os.listdir(self.directory):
                self._keep_only(os.path.join(self.directory, tool), stems)
        except BlockingIOError:
            return
        finally:
            os.close(file)

    def _keep_only(self, place: str, stems: Collection[str]) -> None:
        for name in os.listdir(place):
            path = os.path.join(place, name)
            is_package = os.path.isdir(path) and os.path.isdir(os.path.join(path, "info"))
            is_rest = name.startswith(".") and os.path.isdir(path)
            if name in stems or not (is_package or is_rest):
                continue
            remove_tree(path)
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path + ".lock")

    def _open(self) -> int:
        os.makedirs(self._above, mode=0o700, exist_ok=True)
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        return os.open(os.path.join(self._above, _LOCK), flags, 0o600)
