"""Carries bytes between standard input and output and a socket, untouched, until one end closes."""

from __future__ import annotations

import os
import select
import socket
from typing import Dict

MOST = 256 << 10
"""Bytes held in each direction; beyond that the side that brings them has to wait."""
_PIECE = 64 << 10


def relay(connection: socket.socket) -> None:
    """Return when the socket's other end has closed and all it sent is written, or nobody reads.

    The end of standard input closes the socket's sending side only.
    """
    inwards = _Way(0, connection.fileno())
    outwards = _Way(connection.fileno(), 1)
    for descriptor in (0, 1, connection.fileno()):
        os.set_blocking(descriptor, False)
    while not outwards.is_done:
        poll = select.poll()
        wanted: Dict[int, int] = {}
        for way in (inwards, outwards):
            if way.wants_to_read:
                wanted[way.source] = wanted.get(way.source, 0) | select.POLLIN
            if way.held:
                wanted[way.target] = wanted.get(way.target, 0) | select.POLLOUT
        for descriptor, events in wanted.items():
            poll.register(descriptor, events)
        poll.poll()
        for way in (inwards, outwards):
            way.carry()
        if inwards.is_done and not inwards.told:
            inwards.told = True
            _close_sending(connection)


class _Way:
    """One direction."""

    def __init__(self, source: int, target: int) -> None:
        self.source = source
        self.target = target
        self.held = bytearray()
        self.told = False
        self._ended = False

    @property
    def wants_to_read(self) -> bool:
        return not self._ended and len(self.held) < MOST

    @property
    def is_done(self) -> bool:
        return self._ended and not self.held

    def carry(self) -> None:
        """Read and write what can be without waiting."""
        if self.wants_to_read:
            try:
                piece = os.read(self.source, _PIECE)
                self.held += piece
                self._ended = not piece
            except BlockingIOError:
                pass
            except OSError:
                self._ended = True
        if self.held:
            try:
                del self.held[: os.write(self.target, self.held)]
            except BlockingIOError:
                pass
            except OSError:
                self.held.clear()
                self._ended = True


def _close_sending(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_WR)
    except OSError:
        return  # the other end was faster
