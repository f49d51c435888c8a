"""Flow control between callbacks that bring and take bytes and coroutines that want them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from clearq_tui.fleet.transports.base import StreamBroken

_HIGH: Final = 128 * 1024
_LOW: Final = 32 * 1024


class Inbound:
    """Bytes that arrived and were not read yet; pauses whoever brings them when there are many."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._ended = False
        self._broken: str | None = None
        self._arrived = asyncio.Event()
        self._paused = False
        self.pause: Callable[[], None] = _nothing
        self.resume: Callable[[], None] = _nothing

    def feed(self, data: bytes) -> None:
        """Take what arrived."""
        self._data += data
        self._arrived.set()
        if len(self._data) > _HIGH and not self._paused:
            self._paused = True
            self.pause()

    def end(self, broken: str | None = None) -> None:
        """Nothing more comes: in good order, or for the reason `broken`. The first word counts."""
        if not self._ended:
            self._ended = True
            self._broken = broken
            self._arrived.set()

    def discard(self) -> None:
        """Forget what was not read and let the rest come, so that the other end is not stuck."""
        self._data.clear()
        self._resume_when_low()

    async def read(self, limit: int) -> bytes:
        """Up to `limit` bytes; empty at the end.

        Raises:
            StreamBroken: everything was read and the stream broke after it.
        """
        while not self._data and not self._ended:
            self._arrived.clear()
            await self._arrived.wait()
        if not self._data and self._broken is not None:
            raise StreamBroken(self._broken)
        data = bytes(self._data[:limit])
        del self._data[:limit]
        self._resume_when_low()
        return data

    def _resume_when_low(self) -> None:
        if self._paused and len(self._data) < _LOW:
            self._paused = False
            self.resume()


class Outbound:
    """Whether the way out is free, clogged, or gone."""

    def __init__(self) -> None:
        self._free = asyncio.Event()
        self._free.set()
        self._gone: str | None = None

    @property
    def is_gone(self) -> bool:
        """Nothing can be written any more."""
        return self._gone is not None

    def clog(self) -> None:
        """The transport holds enough; `drain` waits from now on."""
        self._free.clear()

    def unclog(self) -> None:
        """The transport takes more."""
        self._free.set()

    def go(self, reason: str) -> None:
        """The way out is gone for good. The first reason counts."""
        if self._gone is None:
            self._gone = reason
        self._free.set()

    async def drain(self) -> None:
        """Wait while the way out is clogged.

        Raises:
            StreamBroken: it is gone.
        """
        await self._free.wait()
        if self._gone is not None:
            raise StreamBroken(self._gone)


def _nothing() -> None:
    """Stands in until the stream is connected to something that can pause."""
