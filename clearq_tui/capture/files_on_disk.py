"""The code around a directory before it is captured, file by file."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

from clearq_tui.capture.disk_listing import plain_files


class FilesOnDisk:
    """What a capture of a directory would bring, by paths from that directory, read from disk.

    A quick look for a form: files of repositories inside the repository are left out.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._found: frozenset[str] | None = None

    def paths(self) -> Collection[str]:
        """All plain files.

        Raises:
            CaptureError: there is no such directory, or git refuses its repository.
        """
        if self._found is None:
            self._found = frozenset(plain_files(self._directory))
        return self._found

    def read(self, path: str, limit: int) -> bytes | None:
        """The file's bytes; None where there is no such file, or more than `limit` of it."""
        if path not in self.paths():
            return None
        try:
            descriptor = os.open(
                self._directory / path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            )
            with os.fdopen(descriptor, "rb") as file:
                content = file.read(limit + 1)
        except OSError:  # gone since it was listed, or not for this operator to read
            return None
        return content if len(content) <= limit else None
