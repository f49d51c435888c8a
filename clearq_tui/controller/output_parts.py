"""Output files on the laptop while they arrive: appended to, checked, given their names."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Final

from clearq_tui.fleet.output_effects import WantedFile
from clearq_tui.model import parse_attempt_name
from clearq_tui.output_places import part_name, part_path, whole_path
from clearq_tui.paths import Home

_BLOCK: Final = 1 << 20
_SYNC_EVERY: Final = 64 << 20
"""Bytes after which the disk must have caught up, so that the last sync does not take long."""


class Part:
    """A file of which some is here. All of it blocks: for a thread."""

    def __init__(self, home: Home, file: WantedFile) -> None:
        """Find what is here of this version; what is here of others is thrown away.

        Raises:
            OSError: the disk refuses.
        """
        task, attempt = parse_attempt_name(file.attempt)
        self._wanted = file
        self._path = part_path(home, task, attempt, file.path, (file.size, file.modified))
        self._whole = whole_path(home, task, attempt, file.path)
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for other in self._path.parent.glob(f"{part_name(file.path)}-*"):
            if other != self._path:
                other.unlink(missing_ok=True)
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        self._file = os.open(self._path, flags, 0o600)
        self._digest = hashlib.sha256()
        self.size = 0
        """How many bytes are here."""
        self._unsynced = 0
        if os.fstat(self._file).st_size > file.size:
            os.ftruncate(self._file, 0)
        while block := os.pread(self._file, _BLOCK, self.size):
            self._digest.update(block)
            self.size += len(block)

    def append(self, data: bytes) -> None:
        """Add what came next.

        Raises:
            OSError: the disk refuses.
        """
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._file, rest) :]
        self._digest.update(data)
        self.size += len(data)
        self._unsynced += len(data)
        if self._unsynced >= _SYNC_EVERY:
            os.fsync(self._file)
            self._unsynced = 0

    def complete(self, sha256: str) -> bool:
        """Give it its name, synced, if its hash is this; else throw it away. Whether it was.

        Raises:
            OSError: the disk refuses.
        """
        if self._digest.hexdigest() != sha256:
            self.close()
            self._path.unlink(missing_ok=True)
            return False
        os.fsync(self._file)
        self.close()
        self._whole.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.utime(self._path, ns=(self._wanted.modified, self._wanted.modified))
        self._path.replace(self._whole)
        _sync(self._whole.parent)
        return True

    def close(self) -> None:
        """Let go of it; what is here stays."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
