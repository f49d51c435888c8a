"""A file that is named by the SHA-256 of what was written to it."""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

_PIECE = 1 << 20


@dataclass(frozen=True)
class Blob:
    """Immutable bytes in a directory of blobs."""

    sha256: str
    size: int
    """In bytes."""


class BlobFile:
    """Write to `stream` inside `with`; then `blob` is in the directory, for its owner alone."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._directory = directory
        handle, self._name = tempfile.mkstemp(prefix=".new-", dir=directory)
        self.stream: io.BufferedRandom = os.fdopen(handle, "w+b")
        self._blob: Blob | None = None

    @property
    def blob(self) -> Blob:
        """The finished blob."""
        assert self._blob is not None, "the blob is named when its block ends"
        return self._blob

    def __enter__(self) -> BlobFile:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self.stream:
            if error is None:
                self._finish()
        Path(self._name).unlink(missing_ok=True)

    def _finish(self) -> None:
        self.stream.flush()
        os.fsync(self.stream.fileno())
        self.stream.seek(0)
        digest = hashlib.file_digest(self.stream, "sha256").hexdigest()
        self._blob = Blob(digest, self.stream.tell())
        Path(self._name).replace(self._directory / digest)
