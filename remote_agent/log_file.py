"""Reads from the log that an attempt's command writes."""

from __future__ import annotations

import os

from remote_agent.layout import Layout
from remote_agent.log_pump import ReadLog


def reader(layout: Layout) -> ReadLog:
    """The function through which the pump reads."""

    def read(attempt: str, offset: int, length: int) -> bytes:
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        try:
            file = os.open(layout.attempt_log(attempt), flags)
        except OSError:
            return b""
        try:
            return os.pread(file, length, offset)
        finally:
            os.close(file)

    return read
