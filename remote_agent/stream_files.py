"""Reads from the files that grow while an attempt runs: its log, and its scalars."""

from __future__ import annotations

import os

from remote_agent.layout import Layout
from remote_agent.stream_pump import ReadStream
from remote_agent.wire import LOG_STREAM, SCALARS_STREAM


def reader(layout: Layout) -> ReadStream:
    """The function through which the pump reads."""
    paths = {LOG_STREAM: layout.attempt_log, SCALARS_STREAM: layout.attempt_scalars}

    def read(attempt: str, stream: str, offset: int, length: int) -> bytes:
        # The task may have put anything there: a link, a pipe, a directory.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        try:
            file = os.open(paths[stream](attempt), flags)
        except OSError:
            return b""
        try:
            return os.pread(file, length, offset)
        except OSError:
            return b""
        finally:
            os.close(file)

    return read
