"""The attempts' logs and scalars on the laptop: bytes as on the machine, at their offsets."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from clearq_tui.model import parse_attempt_name
from clearq_tui.paths import Home
from remote_agent.wire import LOG_STREAM

_MOST_SIZES: Final = 4096
"""Known ones; beyond that they are asked of the disk again."""


class StreamFiles:
    """Writes what arrives. The file's size says how much is here; no other record is kept.

    Nobody else writes these files, so a size once known is remembered: it is asked for often.
    """

    def __init__(self, home: Home) -> None:
        self._home = home
        self._sizes: dict[tuple[str, str], int] = {}

    def size(self, attempt: str, stream: str) -> int:
        """How many bytes of the stream are here."""
        known = self._sizes.get((attempt, stream))
        if known is None:
            known = self._size_on_disk(attempt, stream)
            self._remember(attempt, stream, known)
        return known

    def write(self, attempt: str, stream: str, offset: int, data: bytes, *, last: bool) -> int:
        """Put the bytes at `offset` and return the new size; when `last`, all of it is synced.

        Raises:
            OSError: the disk refuses.
        """
        path = self._path(attempt, stream)
        flags = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        try:
            file = os.open(path, flags, 0o600)
        except FileNotFoundError:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = os.open(path, flags, 0o600)
        try:
            end = offset
            rest = memoryview(data)
            while rest:
                written = os.pwrite(file, rest, end)
                rest = rest[written:]
                end += written
            if last and end > 0:
                os.fsync(file)
        finally:
            os.close(file)
        self._remember(attempt, stream, end)
        return end

    def _remember(self, attempt: str, stream: str, size: int) -> None:
        if len(self._sizes) >= _MOST_SIZES:
            self._sizes.clear()
        self._sizes[attempt, stream] = size

    def _size_on_disk(self, attempt: str, stream: str) -> int:
        try:
            return self._path(attempt, stream).stat().st_size
        except FileNotFoundError:
            return 0

    def _path(self, attempt: str, stream: str) -> Path:
        name = parse_attempt_name(attempt)
        if stream == LOG_STREAM:
            return self._home.attempt_log(*name)
        return self._home.attempt_scalars(*name)
