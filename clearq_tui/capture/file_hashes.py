"""The git blob id of each file's bytes as they are on disk, remembered by the file's stat.

No filter, no end-of-line conversion: what is hashed is what a program on the laptop would read.
"""

# Paths are bytes here, which pathlib does not take.
# ruff: noqa: PTH115, PTH118, PTH120, PTH123

from __future__ import annotations

import hashlib
import json
import os
import stat
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from clearq_tui.capture.difference import OnDisk, lfs_pointer_text
from clearq_tui.capture.failure import CaptureError
from clearq_tui.capture.snapshot_store import write_durably

_RACY = 2_000_000_000
"""Nanoseconds: a file changed this recently could change again without a new time stamp."""
_PIECE = 1 << 20
_VERSION = 1
HASHES_PREFIX = "hashes-"


@dataclass
class FileHashes:
    """Hashes files below `top`; `wall_clock` gives nanoseconds since the epoch."""

    top: bytes
    object_format: str
    known: Mapping[str, object] = field(default_factory=dict)
    wall_clock: Callable[[], int] = time.time_ns
    learnt: dict[str, list[object]] = field(default_factory=dict)
    """By path: size, mtime, ctime, inode, blob id; only of files that were looked at."""
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

    def lfs_pointer(self, path: bytes) -> str:
        """The blob id of the Git LFS pointer for the file's bytes.

        Raises:
            CaptureError: the file vanished meanwhile.
        """
        full = os.path.join(self.top, path)
        try:
            with open(full, "rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
                return self.of_bytes(lfs_pointer_text(digest, file.tell()))
        except OSError as error:
            raise CaptureError(_changed(full)) from error

    def of_bytes(self, data: bytes) -> str:
        """The blob id of `data`."""
        hasher = hashlib.new(self.object_format, b"blob %d\0" % len(data), usedforsecurity=False)
        hasher.update(data)
        return hasher.hexdigest()

    def _is_real_directory(self, path: bytes) -> bool:
        """A tracked file behind a symbolic link is not there, as far as git is concerned."""
        if not path:
            return True
        if path not in self._directories:
            self._directories[path] = self._is_real_directory(os.path.dirname(path)) and (
                _is_directory(os.path.join(self.top, path))
            )
        return self._directories[path]

    def _of_file(self, path: bytes, full: bytes, status: os.stat_result) -> tuple[str, bool]:
        name = os.fsdecode(path)
        signature = [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]
        known = self.known.get(name)
        if isinstance(known, list) and known[:-1] == signature and isinstance(known[-1], str):
            self.learnt[name] = known
            return known[-1], True
        started = self.wall_clock()
        blob = self._hash(full)
        if max(status.st_mtime_ns, status.st_ctime_ns) + _RACY < started:
            self.learnt[name] = [*signature, blob]
        return blob, False

    def _hash(self, full: bytes) -> str:
        try:
            with open(full, "rb", buffering=0) as file:
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
            raise CaptureError(_changed(full))
        return hasher.hexdigest()


def _is_directory(full: bytes) -> bool:
    try:
        return stat.S_ISDIR(os.lstat(full).st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False


def _changed(full: bytes) -> str:
    return f"{os.fsdecode(full)!r} changed while it was captured; try again."


class HashMemory:
    """What was learnt about the files below `top`, kept beside their objects in `store`."""

    def __init__(self, store: Path, top: Path) -> None:
        name = hashlib.sha256(os.fsencode(top.resolve())).hexdigest()[:16]
        self._file = store / f"{HASHES_PREFIX}{name}.json"

    def recall(self) -> dict[str, object]:
        """What an earlier capture kept; nothing when there is none, or it is unreadable."""
        with suppress(OSError, ValueError):
            version, known = json.loads(self._file.read_bytes())
            if version == _VERSION and isinstance(known, dict):
                return known
        return {}

    def keep(self, learnt: Mapping[str, list[object]]) -> None:
        """Only call once the bytes are in the store: a file that is remembered is not read."""
        text = json.dumps([_VERSION, learnt], separators=(",", ":"))
        write_durably(self._file, text)
