"""The shelf of blobs on disk: immutable bytes named by their SHA-256, taken in piece by piece."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from typing import TYPE_CHECKING, Collection, Dict, Optional

from remote_agent.core import BlobShelf
from remote_agent.durable import sync_directory
from remote_agent.layout import Layout
from remote_agent.wire import BlobPiece

if TYPE_CHECKING:
    from hashlib import _Hash

_NAME = re.compile(r"[0-9a-f]{64}\Z")
_PART = ".part"
_BLOCK = 1 << 20
_SYNC_EVERY = 32 << 20
"""Bytes after which the disk must have caught up, so that the last sync does not take long."""


class BlobRefused(Exception):
    """The piece or the blob cannot be kept; the message says why, for the operator."""


class _Arrival:
    """A blob that is on its way, as far as it has come."""

    def __init__(self, file: int) -> None:
        """Go on with what is in the file."""
        self.file = file
        self.received = 0
        self.digest: _Hash = hashlib.sha256()
        self._unsynced = 0
        while True:
            block = os.pread(file, _BLOCK, self.received)
            if not block:
                return
            self.digest.update(block)
            self.received += len(block)

    def append(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self.file, rest) :]
        self.digest.update(data)
        self.received += len(data)
        self._unsynced += len(data)
        if self._unsynced >= _SYNC_EVERY:
            os.fdatasync(self.file)
            self._unsynced = 0


class Shelf(BlobShelf):
    """Complete blobs, and the beginnings of others. A beginning survives and is gone on with."""

    def __init__(self, layout: Layout) -> None:
        self._directory = layout.blobs
        self._arriving: Dict[str, _Arrival] = {}

    def has(self, sha256: str) -> bool:
        """See `BlobShelf.has`."""
        return bool(_NAME.match(sha256)) and os.path.exists(self._path(sha256))

    def received(self, sha256: str) -> int:
        """See `BlobShelf.received`."""
        if not _NAME.match(sha256):
            return 0
        try:
            return os.lstat(self._path(sha256) + _PART).st_size
        except FileNotFoundError:
            return 0

    def write(self, piece: BlobPiece, size: Optional[int]) -> bool:
        """Take a piece of a blob of `size` bytes in; whether the blob is complete now.

        A piece that does not continue what is here is passed over: it was sent again. None as the
        size: nobody needs the blob, and the piece is passed over too.

        Raises:
            BlobRefused: its name is none, it is longer than announced, its hash differs or the
                disk refuses. What came of it is then gone.
        """
        if not _NAME.match(piece.sha256):
            raise BlobRefused(
                "%.80r is no SHA-256, which is what blobs are named by." % piece.sha256
            )
        if size is None or self.has(piece.sha256):
            return False
        try:
            arrival = self._arrival(piece.sha256)
            if piece.offset != arrival.received:
                return False
            if arrival.received + len(piece.data) > size:
                raise self._refused(piece.sha256, "is longer than the %d bytes announced" % size)
            arrival.append(piece.data)
            return arrival.received == size and self._complete(piece.sha256, arrival)
        except OSError as error:
            why = "could not be written to %s: %s" % (self._directory, error.strerror)
            raise self._refused(piece.sha256, why) from error

    def sweep(self, keep: Collection[str]) -> None:
        """Remove every blob, whole or begun, that is not in `keep`."""
        for name in os.listdir(self._directory):
            sha256 = name[: -len(_PART)] if name.endswith(_PART) else name
            if sha256 not in keep:
                self._forget(sha256)
                os.unlink(os.path.join(self._directory, name))

    def _path(self, sha256: str) -> str:
        return os.path.join(self._directory, sha256)

    def _arrival(self, sha256: str) -> _Arrival:
        if sha256 not in self._arriving:
            flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
            file = os.open(self._path(sha256) + _PART, flags, 0o600)
            self._arriving[sha256] = _Arrival(file)
        return self._arriving[sha256]

    def _complete(self, sha256: str, arrival: _Arrival) -> bool:
        """Give it its name, once its hash is right and the disk has it."""
        found = arrival.digest.hexdigest()
        if found != sha256:
            raise self._refused(sha256, "arrived damaged: its hash is %s" % found[:12])
        os.fsync(arrival.file)
        os.rename(self._path(sha256) + _PART, self._path(sha256))
        sync_directory(self._directory)
        self._forget(sha256)
        return True

    def _refused(self, sha256: str, why: str) -> BlobRefused:
        self._forget(sha256)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._path(sha256) + _PART)
        return BlobRefused("Blob %s %s." % (sha256[:12], why))

    def _forget(self, sha256: str) -> None:
        arrival = self._arriving.pop(sha256, None)
        if arrival is not None:
            os.close(arrival.file)
