"""The shelf of blobs on disk: immutable bytes named by their SHA-256, taken in piece by piece.

Most go when no attempt needs them any more. Those that are to be kept (wheels, tools, image layers)
lie in a directory of their own, so that each travels once; `kept_blobs` says when they go.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import time
from typing import TYPE_CHECKING, Callable, Collection, Dict, Optional

from remote_agent.core import BlobShelf
from remote_agent.durable import sync_directory
from remote_agent.kept_blobs import PART, blob_of, sweep_kept, touch
from remote_agent.layout import Layout
from remote_agent.records import NeededBlob
from remote_agent.wire import BlobPiece

if TYPE_CHECKING:
    from hashlib import _Hash

_NAME = re.compile(r"[0-9a-f]{64}\Z")
_BLOCK = 1 << 20
_SYNC_EVERY = 32 << 20
"""Bytes after which the disk must have caught up, so that the last sync does not take long."""
_SWEEP_KEPT_EVERY = 3600.0
"""Seconds. There may be thousands: too many to look at whenever an attempt ends."""


class BlobRefused(Exception):
    """The piece or the blob cannot be kept; the message says why, for the operator."""


class _Arrival:
    """A blob that is on its way, as far as it has come."""

    def __init__(self, path: str) -> None:
        """Begin the file, or go on with what is in it.

        Raises:
            OSError: the disk refuses, or what lies there is a link.
        """
        self.path = path
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        self.file = os.open(path, flags, 0o600)
        self.received = 0
        self.digest: _Hash = hashlib.sha256()
        self._unsynced = 0
        while True:
            block = os.pread(self.file, _BLOCK, self.received)
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

    def __init__(self, layout: Layout, clock: Callable[[], float] = time.time) -> None:
        self._passing = layout.blobs
        self._kept = layout.kept
        self._clock = clock
        self._sweep_kept_at = 0.0
        self._arriving: Dict[str, _Arrival] = {}

    def has(self, sha256: str) -> bool:
        """See `BlobShelf.has`. To ask for a kept blob is to use it."""
        if not _NAME.match(sha256):
            return False
        kept = os.path.join(self._kept, sha256)
        return touch(kept, self._clock()) or os.path.exists(os.path.join(self._passing, sha256))

    def received(self, sha256: str) -> int:
        """See `BlobShelf.received`."""
        begun = self._begun(sha256) if _NAME.match(sha256) else None
        return os.lstat(begun).st_size if begun else 0

    def write(self, piece: BlobPiece, needed: Optional[NeededBlob]) -> bool:
        """Take a piece of a blob in; whether the blob is complete now.

        A piece that does not continue what is here is passed over: it was sent again. None as
        `needed`: nobody needs the blob, and the piece is passed over too.

        Raises:
            BlobRefused: its name is none, it is longer than announced, its hash differs or the
                disk refuses. What came of it is then gone.
        """
        if not _NAME.match(piece.sha256):
            raise BlobRefused(
                "%.80r is no SHA-256, which is what blobs are named by." % piece.sha256
            )
        if needed is None or self.has(piece.sha256):
            return False
        directory = self._kept if needed.keep else self._passing
        try:
            arrival = self._arrival(piece.sha256, directory)
            if piece.offset != arrival.received:
                return False
            if arrival.received + len(piece.data) > needed.size:
                why = "is longer than the %d bytes announced" % needed.size
                raise self._refused(piece.sha256, why)
            arrival.append(piece.data)
            return arrival.received == needed.size and self._complete(
                piece.sha256, arrival, directory
            )
        except OSError as error:
            why = "could not be written to %s: %s" % (directory, error.strerror)
            raise self._refused(piece.sha256, why) from error

    def sweep(self, needed: Collection[str]) -> None:
        """Remove what is not needed, whole or begun; of those to be kept, what had its time."""
        for sha256 in [name for name in self._arriving if name not in needed]:
            self._forget(sha256)
        for name in os.listdir(self._passing):
            if blob_of(name) not in needed:
                os.unlink(os.path.join(self._passing, name))
        now = self._clock()
        if now >= self._sweep_kept_at:
            sweep_kept(self._kept, needed, now)
            self._sweep_kept_at = now + _SWEEP_KEPT_EVERY

    def _begun(self, sha256: str) -> Optional[str]:
        """Where a beginning of it lies."""
        for directory in (self._kept, self._passing):
            path = os.path.join(directory, sha256 + PART)
            if os.path.lexists(path):
                return path
        return None

    def _arrival(self, sha256: str, directory: str) -> _Arrival:
        if sha256 not in self._arriving:
            path = self._begun(sha256) or os.path.join(directory, sha256 + PART)
            self._arriving[sha256] = _Arrival(path)
        return self._arriving[sha256]

    def _complete(self, sha256: str, arrival: _Arrival, directory: str) -> bool:
        """Give it its name, once its hash is right and the disk has it."""
        found = arrival.digest.hexdigest()
        if found != sha256:
            raise self._refused(sha256, "arrived damaged: its hash is %s" % found[:12])
        os.fsync(arrival.file)
        os.rename(arrival.path, os.path.join(directory, sha256))
        sync_directory(directory)
        self._forget(sha256)
        if directory == self._kept:
            self._sweep_kept_at = 0.0  # now there may be more than is to be kept
        return True

    def _refused(self, sha256: str, why: str) -> BlobRefused:
        begun = self._begun(sha256)
        self._forget(sha256)
        if begun:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(begun)
        return BlobRefused("Blob %s %s." % (sha256[:12], why))

    def _forget(self, sha256: str) -> None:
        arrival = self._arriving.pop(sha256, None)
        if arrival is not None:
            os.close(arrival.file)
