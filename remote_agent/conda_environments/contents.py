"""What tells whether a finished environment is still as it was."""

from __future__ import annotations

import glob
import hashlib
import os
import stat
from typing import Dict, List, Tuple

_WRITABLE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH
_GUARDED = ("bin", "lib", "etc", "include", "share", "conda-meta")
_BLOCK = 512
"""Bytes, in which the system counts what a file takes on the disk."""


def guard_of(place: str) -> Dict[str, int]:
    """When each directory was changed, in nanoseconds, into which a package would be put.

    An account that may write everywhere can change a read-only environment; it leaves this trace.
    """
    found = {}
    for path in _guarded(place):
        try:
            found[os.path.relpath(path, place)] = os.stat(path).st_mtime_ns
        except OSError:
            continue
    return found


def make_read_only(place: str) -> None:
    """Take the right to write from everything below the place, but not from the place itself."""
    for directory, below, names in os.walk(place, topdown=False):
        for path in [os.path.join(directory, name) for name in [*below, *names]]:
            found = os.lstat(path).st_mode
            if not stat.S_ISLNK(found) and found & _WRITABLE:
                os.chmod(path, stat.S_IMODE(found) & ~_WRITABLE)


def size_and_fingerprint(place: str) -> Tuple[int, str]:
    """Bytes on the disk, and a text that is another when a file is missing or shorter."""
    total = 0
    digest = hashlib.sha256()
    for directory, below, names in os.walk(place):
        below.sort()
        total += os.lstat(directory).st_blocks * _BLOCK
        for name in sorted(names):
            path = os.path.join(directory, name)
            found = os.lstat(path)
            total += found.st_blocks * _BLOCK
            if directory != place:
                told = "%s\0%d\0" % (os.path.relpath(path, place), found.st_size)
                digest.update(os.fsencode(told))
    return total, digest.hexdigest()


def _guarded(place: str) -> List[str]:
    upper = [os.path.join(place, name) for name in _GUARDED]
    pattern = os.path.join(glob.escape(place), "lib", "python3.*", "site-packages")
    for site_packages in sorted(glob.glob(pattern)):
        upper.append(site_packages)
        with os.scandir(site_packages) as entries:
            upper += sorted(entry.path for entry in entries if entry.is_dir(follow_symlinks=False))
    return [path for path in upper if os.path.basename(path) != "__pycache__"]
