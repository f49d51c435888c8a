"""uv's cache: what of it no environment shares can go, a package at a time, by uv itself."""

from __future__ import annotations

import contextlib
import glob
import os
import shutil
import subprocess
from typing import AbstractSet, Iterator, List, Set, Tuple

from remote_agent.python_environments.uv_tool import cache_of
from remote_agent.removal import remove_tree

Inode = Tuple[int, int]
_PATIENCE = 600.0
"""Seconds; uv waits for installations that are under way."""


def files_below(directory: str) -> Iterator[Tuple[Inode, int]]:
    """Every file, by what two names of one file have in common, and its bytes on the disk."""
    for above, _, names in os.walk(directory):
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                found = os.lstat(os.path.join(above, name))
                yield (found.st_dev, found.st_ino), found.st_blocks * 512


class UvCache:
    """The cache that all uv of one agent share."""

    def __init__(self, cache: str) -> None:
        self.directory = cache_of(cache)
        self._tools = os.path.join(cache, "tools")

    def unshared_bytes(self, shared: AbstractSet[Inode]) -> int:
        """What it takes beside these files."""
        return sum(size for inode, size in files_below(self.directory) if inode not in shared)

    def remove_unshared(self, shared: AbstractSet[Inode], before: float) -> None:
        """Remove packages unpacked before that time of which these files are no part.

        Where no uv is at hand to do it, all of the cache goes, once something of it must.

        Raises:
            OSError: the disk refuses.
        """
        names = self._unshared_packages(shared, before)
        if not names:
            return
        uv = self._program()
        if not uv or not self._clean(uv, sorted(names)):
            self.remove()

    def remove(self) -> None:
        """Remove all of it.

        Raises:
            OSError: the disk refuses.
        """
        uv = self._program()
        if uv and self._clean(uv, []):
            return
        doomed = "%s.doomed-%s" % (self.directory, os.urandom(8).hex())
        with contextlib.suppress(FileNotFoundError):
            os.rename(self.directory, doomed)
        remove_tree(doomed)

    def _unshared_packages(self, shared: AbstractSet[Inode], before: float) -> Set[str]:
        names: Set[str] = set()
        for unpacked in glob.glob(os.path.join(glob.escape(self.directory), "archive-v*", "*")):
            with contextlib.suppress(FileNotFoundError):
                if os.lstat(unpacked).st_mtime >= before:
                    continue
            if not any(inode in shared for inode, _ in files_below(unpacked)):
                information = glob.glob(os.path.join(glob.escape(unpacked), "*.dist-info"))
                names.update(os.path.basename(path).split("-")[0] for path in information)
        return names

    def _clean(self, uv: str, names: List[str]) -> bool:
        environment = {**os.environ, "UV_CACHE_DIR": self.directory}
        try:
            done = subprocess.run(
                [uv, "cache", "clean", *names],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=environment,
                timeout=_PATIENCE,
                check=False,
            )
        except (OSError, subprocess.SubprocessError):
            return False
        return done.returncode == 0

    def _program(self) -> str:
        brought = glob.glob(os.path.join(glob.escape(self._tools), "uv-*", "uv"))
        return max(brought, key=os.path.getmtime) if brought else shutil.which("uv") or ""
