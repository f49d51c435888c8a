"""The laptop itself as a machine of the cluster: no SSH, the same streams."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final
from weakref import WeakSet

from clearq_tui.fleet.transports.base import CHANNEL_WINDOW, StreamBroken, StreamRefused
from clearq_tui.fleet.transports.process_stream import ProcessStream, start_process

_OPEN_TIMEOUT: Final = 10.0


class SocketStream:
    """A connected Unix socket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def read(self, limit: int) -> bytes:
        """See `ByteStream.read`."""
        try:
            return await self._reader.read(limit)
        except OSError as error:
            raise StreamBroken(f"The local connection broke: {error}.") from error

    def write(self, data: bytes) -> None:
        """See `ByteStream.write`."""
        if not self._writer.is_closing():
            self._writer.write(data)

    async def drain(self) -> None:
        """See `ByteStream.drain`."""
        if self._writer.is_closing():
            raise StreamBroken("The local connection is closed.")
        try:
            await self._writer.drain()
        except OSError as error:
            raise StreamBroken(f"The local connection broke: {error}.") from error

    async def close(self) -> None:
        """See `ByteStream.close`; what was written and not taken yet is dropped."""
        self._writer.transport.abort()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()


class LocalTransport:
    """Streams to Unix sockets and commands of this machine."""

    def __init__(self) -> None:
        self.closed = asyncio.Event()
        self.closed_because = ""
        self._streams: WeakSet[SocketStream | ProcessStream] = WeakSet()

    async def open_socket(self, path: str) -> SocketStream:
        """See `Transport.open_socket`."""
        try:
            reader, writer = await asyncio.wait_for(
                asyncio.open_unix_connection(path, limit=CHANNEL_WINDOW), _OPEN_TIMEOUT
            )
        except (OSError, TimeoutError) as error:
            raise StreamRefused(f"Nothing answers on {path}: {error}.") from error
        stream = SocketStream(reader, writer)
        self._streams.add(stream)
        return stream

    async def execute(self, command: str) -> ProcessStream:
        """See `Transport.execute`; the shell is always `/bin/sh`."""
        stream = await start_process("/bin/sh", "-c", command)
        self._streams.add(stream)
        return stream

    async def close(self) -> None:
        """See `Transport.close`."""
        self.closed.set()
        await asyncio.gather(*(stream.close() for stream in list(self._streams)))
