"""Which bytes of which log are sent when, and of which scalars. Reads through what is passed in.

The laptop grants credit from an offset. The first bytes go at once; after that a stream is looked
at every `BATCH` seconds, more rarely while it does not grow, and at once when a whole piece is
waiting or the attempt has ended.

The log always ends, even if nothing was written, and it ends last: so the laptop, which waits for
that, need not be told that there are no scalars.
"""

from __future__ import annotations

from typing import Callable, Dict, List, Mapping, Optional

from remote_agent.wire import LOG_STREAM, PIECE, SCALARS_STREAM, StreamPiece

BATCH = 0.2
"""Seconds between two small pieces of one stream."""
_FIRST = 0.01
_REST = 0.25
"""Seconds between looks at a stream that does not grow."""
_STREAMS = (SCALARS_STREAM, LOG_STREAM)
"""In the order in which they end."""

ReadStream = Callable[[str, str, int, int], bytes]
"""Attempt, stream, offset and length → what it holds there; empty at its end or without a file."""


class _Pulled:
    """One stream that the laptop wants."""

    def __init__(self, offset: int, limit: int, now: float) -> None:
        self.offset = offset
        self.limit = limit
        self.look_at = now
        self.pause = _FIRST

    @property
    def has_credit(self) -> bool:
        return self.offset < self.limit

    def grant(self, offset: int, limit: int, now: float) -> None:
        """The laptop has all up to `offset` and takes more, up to `limit`."""
        had_credit = self.has_credit
        self.offset = max(self.offset, offset)
        self.limit = max(self.limit, limit)
        if not had_credit:
            self.look_at = now

    def hurry(self, now: float) -> None:
        """Look now."""
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


class StreamPump:
    """The streams that one link pulls."""

    def __init__(self, piece: int = PIECE) -> None:
        """`piece`: how many bytes travel at once."""
        self._piece = piece
        self._pulled: Dict[str, Dict[str, _Pulled]] = {}

    def clear(self) -> None:
        """Another link is attached, or none: nothing is wanted until it says so."""
        self._pulled.clear()

    def grant(self, attempt: str, offsets: Mapping[str, int], credit: int, now: float) -> None:
        """The laptop has all up to the offsets and takes `credit` bytes more of each stream.

        What is already on the way is not sent again; a stream that has ended stays so.
        """
        pulled = self._pulled.get(attempt)
        if pulled is None:
            self._pulled[attempt] = {
                stream: _Pulled(offsets[stream], offsets[stream] + credit, now)
                for stream in _STREAMS
                if stream in offsets
            }
            return
        for stream, one in pulled.items():
            if stream in offsets:
                one.grant(offsets[stream], offsets[stream] + credit, now)

    def hurry(self, attempt: str, now: float) -> None:
        """Something happened to the attempt: look at its streams now."""
        for pulled in self._pulled.get(attempt, {}).values():
            pulled.hurry(now)

    def next_look(self) -> Optional[float]:
        """When `pieces` should be called again; None: when there is a new grant."""
        times = [
            pulled.look_at
            for streams in self._pulled.values()
            for pulled in streams.values()
            if pulled.has_credit
        ]
        return min(times) if times else None

    def pieces(
        self, now: float, read: ReadStream, is_over: Callable[[str], bool]
    ) -> List[StreamPiece]:
        """At most one piece of every stream that is due."""
        ready: List[StreamPiece] = []
        for attempt, streams in list(self._pulled.items()):
            if not any(one.look_at <= now and one.has_credit for one in streams.values()):
                continue
            # Asked before the read: a stream that had ended then holds nothing after what is read.
            over = is_over(attempt)
            for stream in list(streams):
                if streams[stream].look_at <= now and streams[stream].has_credit:
                    ready += self._look(attempt, streams, stream, now, read, over)
            if not streams:
                del self._pulled[attempt]
        return ready

    def _look(
        self,
        attempt: str,
        streams: Dict[str, _Pulled],
        stream: str,
        now: float,
        read: ReadStream,
        over: bool,
    ) -> List[StreamPiece]:
        pulled = streams[stream]
        offset = pulled.offset
        length = min(self._piece, pulled.limit - offset)
        data = read(attempt, stream, offset, length)
        pulled.found(len(data), length, now)
        last = over and len(data) < length and (stream != LOG_STREAM or len(streams) == 1)
        if last:
            del streams[stream]
            for other in streams.values():
                other.hurry(now)
        # Scalars that there are none of end in silence.
        is_worth_a_piece = data or (last and (stream == LOG_STREAM or offset > 0))
        return [StreamPiece(attempt, stream, offset, data, last)] if is_worth_a_piece else []
