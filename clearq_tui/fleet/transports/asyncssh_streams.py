"""Byte streams over channels of an asyncssh connection."""

# ruff: noqa: ARG002 - asyncssh says which arguments its callbacks take

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

import asyncssh
from asyncssh.channel import SSHChannel

from clearq_tui.fleet.transports.base import ERRORS_KEPT
from clearq_tui.fleet.transports.buffers import Inbound, Outbound
from clearq_tui.fleet.transports.quick_ack import QuickAck

_END_TIMEOUT: Final = 2.0
"""Seconds between the end of a command's output and its exit status."""

_CLOSE_TIMEOUT: Final = 0.5
"""Seconds to confirm that a channel is closed; sshd waits for the command to end."""


class _ChannelStream:
    """What sockets and commands have in common."""

    def __init__(self, quick_ack: QuickAck) -> None:
        self._quick_ack = quick_ack
        self._inbound = Inbound()
        self._outbound = Outbound()
        self._gone = asyncio.Event()
        self._channel: SSHChannel[bytes]

    async def read(self, limit: int) -> bytes:
        """See `ByteStream.read`."""
        return await self._inbound.read(limit)

    def write(self, data: bytes) -> None:
        """See `ByteStream.write`."""
        if not self._outbound.is_gone:
            # The channel may have been closed under us in this very turn of the event loop.
            with contextlib.suppress(BrokenPipeError):
                self._channel.write(data)

    async def drain(self) -> None:
        """See `ByteStream.drain`."""
        await self._outbound.drain()

    async def close(self) -> None:
        """See `ByteStream.close`."""
        self._outbound.go("The stream is closed.")
        self._inbound.discard()
        self._channel.close()
        try:
            await asyncio.wait_for(self._gone.wait(), _CLOSE_TIMEOUT)
        except TimeoutError:
            self._channel.abort()

    # What asyncssh calls.

    def connected(self, channel: SSHChannel[bytes]) -> None:
        """The channel is open."""
        self._channel = channel
        self._inbound.pause, self._inbound.resume = channel.pause_reading, channel.resume_reading

    def connection_lost(self, exc: Exception | None) -> None:
        """The channel is closed: in good order, or with the connection."""
        reason = None if exc is None else f"The SSH connection was lost: {exc}"
        self._inbound.end(reason)
        self._outbound.go(reason or "The other end closed the stream.")
        self._gone.set()

    def pause_writing(self) -> None:
        """The channel's window is used up."""
        self._outbound.clog()

    def resume_writing(self) -> None:
        """The channel takes more."""
        self._outbound.unclog()


class SocketChannel(_ChannelStream, asyncssh.SSHUNIXSession[bytes]):
    """A Unix socket on the machine."""

    def connection_made(self, chan: asyncssh.SSHUNIXChannel[bytes]) -> None:
        """The machine connected us."""
        self.connected(chan)

    def data_received(self, data: bytes, datatype: asyncssh.DataType) -> None:
        """Bytes from the socket."""
        self._quick_ack.now()
        self._inbound.feed(data)

    def eof_received(self) -> bool:
        """The other end closed; the channel then closes by itself."""
        self._inbound.end()
        return False


class CommandChannel(_ChannelStream, asyncssh.SSHClientSession[bytes]):
    """A command on the machine."""

    def __init__(self, quick_ack: QuickAck) -> None:
        super().__init__(quick_ack)
        self.exit_status: int | None = None
        self._command: asyncssh.SSHClientChannel[bytes]
        self._errors = bytearray()

    @property
    def errors(self) -> bytes:
        """See `CommandStream.errors`."""
        return bytes(self._errors)

    async def read(self, limit: int) -> bytes:
        """See `ByteStream.read`; at the end, the exit status is known where the machine told it."""
        data = await self._inbound.read(limit)
        if not data:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._gone.wait(), _END_TIMEOUT)
        return data

    async def close(self) -> None:
        """See `ByteStream.close`; a command that ignores the end of its input gets SIGTERM."""
        if not self._gone.is_set():
            with contextlib.suppress(OSError):
                self._command.terminate()
        await super().close()

    def connection_made(self, chan: asyncssh.SSHClientChannel[bytes]) -> None:
        """The session is open; the command is about to start."""
        self._command = chan
        self.connected(chan)

    def data_received(self, data: bytes, datatype: asyncssh.DataType) -> None:
        """Bytes from the command."""
        self._quick_ack.now()
        if datatype == asyncssh.EXTENDED_DATA_STDERR:
            self._errors += data[: ERRORS_KEPT - len(self._errors)]
        else:
            self._inbound.feed(data)

    def eof_received(self) -> bool:
        """The command closed its output; its input stays open until it ends."""
        self._inbound.end()
        return True

    def exit_status_received(self, status: int) -> None:
        """The command exited."""
        self.exit_status = status

    def exit_signal_received(
        self,
        signal: str,
        core_dumped: bool,
        msg: str,
        lang: str,
    ) -> None:
        """A signal ended the command."""
        self.exit_status = -signal_number(signal)


def signal_number(name: str) -> int:
    """The number of `TERM`; 1 where the machine knows a signal that we do not."""
    import signal as signals

    try:
        return signals.Signals[f"SIG{name}"].value
    except KeyError:
        return 1
