"""The git blob id of each file's bytes as they are on disk, remembered by the file's stat.

No filter, no end-of-line conversion: what is hashed is what a program on the laptop would read.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from clearq_tui.capture.failure import CaptureError

_RACY = 2_000_000_000
"""Nanoseconds: a file changed this recently could change again without a new time stamp."""
_PIECE = 1 << 20
_VERSION = 1


@dataclass(frozen=True)
class OnDisk:
    """One file or symbolic link as it is on disk."""

    mode: str
    """As git writes it: 100644, 100755 or 120000."""
    blob: str
    size: int
    kept: bool
    """An earlier snapshot has stored these bytes."""


@dataclass
class FileHashes:
    """Hashes files below `top`; `wall_clock` gives nanoseconds since the epoch."""

    top: bytes
    object_format: str
    wall_clock: Callable[[], int]
    known: dict[str, list[object]] = field(default_factory=dict)
    _fresh: dict[str, list[object]] = field(default_factory=dict)
    _directories: dict[bytes, bool] = field(default_factory=dict)

    def look(self, path: bytes) -> OnDisk | None:
        """The file at `path`, or None when there is no file or link in that very place.

        Raises:
            CaptureError: it cannot be read.
        """
        if not self._is_real_directory(os.path.dirname(path)):
            return None
        full = os.path.join(self.top, path)
        try:
            status = os.lstat(full)
        except (FileNotFoundError, NotADirectoryError):
            return None
        if stat.S_ISLNK(status.st_mode):
            target = os.readlink(full)
            return OnDisk("120000", self.of_bytes(target), len(target), kept=False)
        if not stat.S_ISREG(status.st_mode):
            return None
        mode = "100755" if status.st_mode & stat.S_IXUSR else "100644"
        blob, kept = self._of_file(path, full, status)
        return OnDisk(mode, blob, status.st_size, kept)

    def of_bytes(self, data: bytes) -> str:
        """The blob id of `data`."""
        hasher = hashlib.new(self.object_format, b"blob %d\0" % len(data), usedforsecurity=False)
        hasher.update(data)
        return hasher.hexdigest()

    def remembered(self) -> bytes:
        """What to write to disk for the next capture: only files that were looked at this time."""
        return json.dumps([_VERSION, self._fresh], separators=(",", ":")).encode()

    def _is_real_directory(self, path: bytes) -> bool:
        """A tracked file behind a symbolic link is not there, as far as git is concerned."""
        if not path:
            return True
        if path not in self._directories:
            try:
                itself = stat.S_ISDIR(os.lstat(os.path.join(self.top, path)).st_mode)
            except (FileNotFoundError, NotADirectoryError):
                itself = False
            self._directories[path] = itself and self._is_real_directory(os.path.dirname(path))
        return self._directories[path]

    def _of_file(self, path: bytes, full: bytes, status: os.stat_result) -> tuple[str, bool]:
        name = os.fsdecode(path)
        signature = [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]
        known = self.known.get(name)
        if known is not None and known[:4] == signature and isinstance(known[4], str):
            self._fresh[name] = known
            return known[4], True
        started = self.wall_clock()
        blob = self._hash(full)
        if max(status.st_mtime_ns, status.st_ctime_ns) + _RACY < started:
            self._fresh[name] = [*signature, blob]
        return blob, False

    def _hash(self, full: bytes) -> str:
        try:
            with open(full, "rb", buffering=0) as file:  # noqa: PTH123 - a path of bytes
                size = os.fstat(file.fileno()).st_size
                hasher = hashlib.new(self.object_format, b"blob %d\0" % size, usedforsecurity=False)
                left = size
                while left > 0 and (piece := file.read(min(left, _PIECE))):
                    hasher.update(piece)
                    left -= len(piece)
        except OSError as error:
            raise CaptureError(
                f"{os.fsdecode(full)!r} cannot be read ({error.strerror}); make it readable, "
                "or add it to .gitignore if the task does not need it."
            ) from error
        if left:
            raise CaptureError(f"{os.fsdecode(full)!r} changed while it was read; try again.")
        return hasher.hexdigest()


def remembered_hashes(file: Path) -> dict[str, list[object]]:
    """What an earlier capture remembered; nothing when there is none, or it is unreadable."""
    with suppress(OSError, ValueError):
        version, known = json.loads(file.read_bytes())
        if version == _VERSION and isinstance(known, dict):
            return known
    return {}
