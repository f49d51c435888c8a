"""Which bytes of which log are sent when. The files are read through a function that is passed in.

The laptop grants credit from an offset. The first bytes go at once; after that a log is looked at
every `BATCH` seconds, more rarely while it does not grow, and at once when a whole piece is waiting
or the attempt has ended.
"""

from __future__ import annotations

from typing import Callable, Dict, List, Optional

from remote_agent.wire import PIECE, LogPiece

BATCH = 0.2
"""Seconds between two small pieces of one log."""
_FIRST = 0.01
_REST = 0.25
"""Seconds between looks at a log that does not grow."""

ReadLog = Callable[[str, int, int], bytes]
"""Attempt, offset and length → what the log holds there; empty at its end or without a log."""


class _Pulled:
    """One log that the laptop wants."""

    def __init__(self, offset: int, limit: int, now: float) -> None:
        self.offset = offset
        self.limit = limit
        self.look_at = now
        self.pause = _FIRST

    def found(self, count: int, length: int, now: float) -> None:
        """The look brought `count` bytes of the `length` asked for: decide about the next."""
        self.offset += count
        if count == length:
            self.look_at = now
        elif count:
            self.pause = _FIRST
            self.look_at = now + BATCH
        else:
            self.look_at = now + self.pause
            self.pause = min(2 * self.pause, _REST)


class LogPump:
    """The logs that one link pulls."""

    def __init__(self) -> None:
        self._pulled: Dict[str, _Pulled] = {}

    def clear(self) -> None:
        """Another link is attached, or none: nothing is wanted until it says so."""
        self._pulled.clear()

    def grant(self, attempt: str, offset: int, credit: int, now: float) -> None:
        """The laptop has all up to `offset` and takes `credit` bytes more.

        What is already on the way is not sent again.
        """
        pulled = self._pulled.get(attempt)
        if pulled is None:
            self._pulled[attempt] = _Pulled(offset, offset + credit, now)
            return
        was_spent = pulled.offset >= pulled.limit
        pulled.offset = max(pulled.offset, offset)
        pulled.limit = max(pulled.limit, offset + credit)
        if was_spent:
            pulled.look_at = now

    def hurry(self, attempt: str, now: float) -> None:
        """Something happened to the attempt: look at its log now."""
        pulled = self._pulled.get(attempt)
        if pulled is not None:
            pulled.look_at = now
            pulled.pause = _FIRST

    def next_look(self) -> Optional[float]:
        """When `pieces` should be called again; None: when there is a new grant."""
        times = [pulled.look_at for pulled in self._pulled.values() if pulled.offset < pulled.limit]
        return min(times) if times else None

    def pieces(self, now: float, read: ReadLog, is_over: Callable[[str], bool]) -> List[LogPiece]:
        """At most one piece of every log that is due."""
        ready = []
        for attempt, pulled in list(self._pulled.items()):
            if pulled.look_at > now or pulled.offset >= pulled.limit:
                continue
            # Asked before the read: a log that had ended then holds nothing after what is read.
            over = is_over(attempt)
            length = min(PIECE, pulled.limit - pulled.offset)
            data = read(attempt, pulled.offset, length)
            last = over and len(data) < length
            if data or last:
                ready.append(LogPiece(attempt, pulled.offset, data, last))
            pulled.found(len(data), length, now)
            if last:
                del self._pulled[attempt]
        return ready
