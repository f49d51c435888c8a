"""All links of the daemon: accepting, reading, writing, pinging, closing. Decides nothing else."""

from __future__ import annotations

import selectors
import socket
from functools import partial
from typing import Callable, Dict, Iterator, List, NamedTuple, Optional

from remote_agent.connection import (
    HELLO_WITHIN,
    PING_EVERY,
    SILENT_AFTER,
    Connection,
    ConnectionEnded,
)
from remote_agent.listening import accept
from remote_agent.messages import Message, Ping, encode_message
from remote_agent.outbox import Outbox
from remote_agent.wire import Frame, WireError

MOST_LINKS = 16
"""Links at once; beyond that the one that has been silent longest is closed."""

TakeFrame = Callable[[int, Frame, float], None]
"""Link, frame and the time of its arrival; may raise `WireError`."""


class Ended(NamedTuple):
    """A link that is no more."""

    link: int
    reason: str


class Links:
    """The links that stand, by number. Numbers are never used again."""

    def __init__(
        self, selector: selectors.BaseSelector, listener: socket.socket, take: TakeFrame
    ) -> None:
        """Register with the selector; the data of each key is to be called with the time."""
        self.listener = listener
        self._selector = selector
        self._take = take
        self._standing: Dict[int, Connection] = {}
        self._last = 0
        self._ended: List[Ended] = []
        selector.register(listener, selectors.EVENT_READ, self._accept)

    def tell(self, number: int, message: Message) -> None:
        """Queue a control message."""
        connection = self._standing.get(number)
        if connection is not None:
            connection.outbox.put_control(encode_message(message))

    def outbox(self, number: Optional[int]) -> Optional[Outbox]:
        """Where pieces of logs and samples for the link are put."""
        connection = self._standing.get(number) if number is not None else None
        return connection.outbox if connection is not None else None

    def close_when_written(self, number: int) -> None:
        """Hear nothing more on the link, and close it once all is written."""
        connection = self._standing.get(number)
        if connection is not None:
            connection.is_closing = True

    def flush(self) -> None:
        """Write what the other ends take, and ask to be woken where they take no more now."""
        for number, connection in list(self._standing.items()):
            if connection.outbox.is_empty and not connection.is_closing:
                self._watch(connection, selectors.EVENT_READ)
                continue
            try:
                connection.send()
            except ConnectionEnded as ended:
                self._end(number, str(ended))
                continue
            writing = 0 if connection.outbox.is_empty else selectors.EVENT_WRITE
            self._watch(connection, selectors.EVENT_READ | writing)

    def tick(self, now: float, attached: Optional[int]) -> None:
        """Ping; end links that are silent, that never attached, or that do not close."""
        for number, connection in list(self._standing.items()):
            patience = SILENT_AFTER if number == attached else HELLO_WITHIN
            if now - connection.heard_at >= patience:
                self._end(number, "nothing was heard on it for %.0f s" % patience)
            elif number == attached and now - connection.pinged_at >= PING_EVERY:
                connection.pinged_at = now
                self.tell(number, Ping(0))

    def next_tick(self, attached: Optional[int]) -> Optional[float]:
        """When `tick` has something to do; None: as long as nobody connects, never."""
        times = [
            connection.heard_at + (SILENT_AFTER if number == attached else HELLO_WITHIN)
            for number, connection in self._standing.items()
        ]
        if attached in self._standing:
            times.append(self._standing[attached].pinged_at + PING_EVERY)
        return min(times) if times else None

    def ended(self) -> Iterator[Ended]:
        """Every link that has ended since the last call."""
        while self._ended:
            yield self._ended.pop()

    def close_all(self) -> None:
        """Close everything at once, the listener too."""
        for connection in self._standing.values():
            connection.close()
        self._standing.clear()
        self.listener.close()

    def _accept(self, now: float) -> None:
        channel = accept(self.listener)
        if channel is None:
            return
        if len(self._standing) >= MOST_LINKS:
            quietest = min(self._standing.values(), key=lambda link: link.heard_at)
            self._end(quietest.number, "there are too many links")
        self._last += 1
        self._standing[self._last] = Connection(self._last, channel, now)
        self._selector.register(channel, selectors.EVENT_READ, partial(self._receive, self._last))

    def _receive(self, number: int, now: float) -> None:
        connection = self._standing.get(number)
        if connection is None or connection.is_closing:
            return
        try:
            for frame in connection.receive(now):
                self._take(number, frame, now)
        except ConnectionEnded as ended:
            self._end(number, str(ended))
        except WireError as error:
            self._end(number, "it broke the protocol: %s" % error)

    def _watch(self, connection: Connection, events: int) -> None:
        key = self._selector.get_key(connection.socket)
        if key.events != events:
            self._selector.modify(connection.socket, events, key.data)

    def _end(self, number: int, reason: str) -> None:
        connection = self._standing.pop(number)
        self._selector.unregister(connection.socket)
        connection.close()
        self._ended.append(Ended(number, reason))
