"""The shelf of blobs on disk: immutable bytes named by their SHA-256, taken in piece by piece."""

from __future__ import annotations

import hashlib
import os
import re
from typing import Collection, Optional

from remote_agent.core import BlobShelf
from remote_agent.layout import Layout
from remote_agent.wire import BlobPiece

_NAME = re.compile(r"[0-9a-f]{64}\Z")
_PART = ".part"
_BLOCK = 1 << 20


class BlobRefused(Exception):
    """The piece or the blob cannot be kept; the message says why, for the operator."""


class Shelf(BlobShelf):
    """Complete blobs, and the beginnings of others. A beginning survives and is gone on with."""

    def __init__(self, layout: Layout) -> None:
        self._directory = layout.blobs

    def has(self, sha256: str) -> bool:
        """See `BlobShelf.has`."""
        return bool(_NAME.match(sha256)) and os.path.exists(self._path(sha256))

    def received(self, sha256: str) -> int:
        """See `BlobShelf.received`."""
        try:
            return os.stat(self._path(sha256) + _PART).st_size
        except FileNotFoundError:
            return 0

    def write(self, piece: BlobPiece, size: Optional[int]) -> bool:
        """Take a piece of a blob of `size` bytes in; whether the blob is complete now.

        A piece that does not continue what is here is passed over: it was sent again.

        Raises:
            BlobRefused: nobody needs the blob, it is longer than announced, its hash differs or
                the disk refuses. What came of it is then gone.
        """
        if size is None or self.has(piece.sha256):
            return False
        here = self.received(piece.sha256)
        if piece.offset != here:
            return False
        if here + len(piece.data) > size:
            self._discard(piece.sha256)
            raise BlobRefused("Blob %s is longer than announced." % piece.sha256[:12])
        try:
            self._append(piece)
            if here + len(piece.data) < size:
                return False
            return self._complete(piece.sha256)
        except OSError as error:
            self._discard(piece.sha256)
            raise BlobRefused(
                "Blob %s could not be written to %s: %s."
                % (piece.sha256[:12], self._directory, error.strerror)
            ) from error

    def sweep(self, keep: Collection[str]) -> None:
        """Remove every blob, whole or begun, that is not in `keep`."""
        for name in os.listdir(self._directory):
            sha256 = name[: -len(_PART)] if name.endswith(_PART) else name
            if sha256 not in keep:
                os.unlink(os.path.join(self._directory, name))

    def _path(self, sha256: str) -> str:
        return os.path.join(self._directory, sha256)

    def _append(self, piece: BlobPiece) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        file = os.open(self._path(piece.sha256) + _PART, flags, 0o600)
        try:
            rest = memoryview(piece.data)
            while rest:
                rest = rest[os.write(file, rest) :]
        finally:
            os.close(file)

    def _complete(self, sha256: str) -> bool:
        """Hash what is on disk, since that is what will be used, and give it its name."""
        part = self._path(sha256) + _PART
        digest = hashlib.sha256()
        with open(part, "rb") as file:
            for block in iter(lambda: file.read(_BLOCK), b""):
                digest.update(block)
            os.fsync(file.fileno())
        if digest.hexdigest() != sha256:
            self._discard(sha256)
            raise BlobRefused(
                "Blob %s arrived damaged: its hash is %s." % (sha256[:12], digest.hexdigest()[:12])
            )
        os.rename(part, self._path(sha256))
        return True

    def _discard(self, sha256: str) -> None:
        try:
            os.unlink(self._path(sha256) + _PART)
        except FileNotFoundError:
            return
