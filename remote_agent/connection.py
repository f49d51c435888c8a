"""One accepted link: its socket, what arrived cut into frames, and what waits to be written."""

from __future__ import annotations

import socket
from typing import List

from remote_agent.outbox import Outbox
from remote_agent.wire import Frame, FrameReader

PING_EVERY = 5.0
"""Seconds."""
SILENT_AFTER = 3 * PING_EVERY
HELLO_WITHIN = 15.0
"""Seconds that a new link has until it says hello."""
_READ = 64 << 10


class ConnectionEnded(Exception):
    """The link is gone, or has to be ended; the message says why, for the log."""


class Connection:
    """A non-blocking socket with a laptop at its other end."""

    def __init__(self, number: int, channel: socket.socket, now: float) -> None:
        self.number = number
        self.socket = channel
        self.outbox = Outbox()
        self.is_closing = False
        """To be closed as soon as all is written; nothing more is heard on it."""
        self._reader = FrameReader()
        self.heard_at = now
        self.pinged_at = now

    def receive(self, now: float) -> List[Frame]:
        """The frames that have become complete.

        Raises:
            ConnectionEnded: the other end has closed, or the socket broke.
            WireError: what arrived is no frame.
        """
        try:
            data = self.socket.recv(_READ)
        except (BlockingIOError, InterruptedError):
            return []
        except OSError as error:
            raise ConnectionEnded(error.strerror or "it broke") from error
        if not data:
            raise ConnectionEnded("the laptop closed it")
        self.heard_at = now
        return self._reader.feed(data)

    def send(self) -> None:
        """Write as much as the other end takes now.

        Raises:
            ConnectionEnded: it is broken, all is written of a link that is closing, or too much
                waits.
        """
        try:
            while block := self.outbox.next():
                self.outbox.written(self.socket.send(block))
        except (BlockingIOError, InterruptedError):
            if self.outbox.is_hopeless:
                raise ConnectionEnded("the laptop does not read") from None
            return
        except OSError as error:
            raise ConnectionEnded(error.strerror or "it broke") from error
        if self.is_closing:
            raise ConnectionEnded("it was to be closed")

    def close(self) -> None:
        """Close the socket."""
        self.socket.close()
