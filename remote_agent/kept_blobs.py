"""The blobs that stay on a machine when no attempt needs them any more, within bounds.

A file's time of change says when it was used last: it changes in no other way.
"""

from __future__ import annotations

import os
from typing import Collection, Iterable, List, NamedTuple

KEPT_BYTES = 20 << 30
"""How much all of them may take."""
KEPT_FOR = 30 * 86400.0
"""Seconds after which one goes that nothing has used."""
PART = ".part"
"""Ends the name of a blob that has not arrived whole. It is gone on with, or ages as others do."""
_TOUCH_EVERY = 3600.0
"""Seconds; closer than that nobody needs to know when it was used."""


class KeptBlob(NamedTuple):
    """One of them, as it lies on disk."""

    name: str
    size: int
    """In bytes."""
    used: float
    """Seconds since the epoch."""


def touch(path: str, now: float) -> bool:
    """Note that the kept blob at the path is used now; whether there is one."""
    try:
        # A clock that was set back must not leave a blob young for ever.
        if abs(now - os.stat(path).st_mtime) > _TOUCH_EVERY:
            os.utime(path, (now, now))
    except FileNotFoundError:
        return False
    return True


def blob_of(name: str) -> str:
    """The SHA-256 of the blob whose bytes are in the file of this name."""
    return name[: -len(PART)] if name.endswith(PART) else name


def superfluous(blobs: Iterable[KeptBlob], needed: Collection[str], now: float) -> List[str]:
    """The names of those that are to go: the old, and beyond the room the least used."""
    going = []
    room = KEPT_BYTES
    for blob in sorted(blobs, key=lambda blob: blob.used, reverse=True):
        room -= blob.size
        if blob_of(blob.name) not in needed and (room < 0 or now - blob.used > KEPT_FOR):
            room += blob.size
            going.append(blob.name)
    return going


def sweep_kept(directory: str, needed: Collection[str], now: float) -> None:
    """Remove what is superfluous there, and never what is in `needed`.

    Raises:
        OSError: the disk refuses.
    """
    blobs = []
    with os.scandir(directory) as entries:
        for entry in entries:
            found = entry.stat(follow_symlinks=False)
            blobs.append(KeptBlob(entry.name, found.st_size, found.st_mtime))
    for name in superfluous(blobs, needed, now):
        os.unlink(os.path.join(directory, name))
