"""A child process as a command stream: for this machine, and for the OpenSSH client."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Mapping
from typing import Final, cast

from clearq_tui.fleet.transports.base import ERRORS_KEPT, StreamRefused
from clearq_tui.fleet.transports.buffers import Inbound, Outbound

_GRACE: Final = 0.5
"""Seconds between the end of input, SIGTERM and SIGKILL."""

_LATE_OUTPUT: Final = 2.0
"""Seconds after the process ended in which its children may still hold its output open."""


class ProcessStream(asyncio.SubprocessProtocol):
    """The standard streams of a child that leads its own process group."""

    def __init__(self) -> None:
        self.ended = asyncio.Event()
        """The process has ended and been reaped."""
        self.exit_status: int | None = None
        self._inbound = Inbound()
        self._outbound = Outbound()
        self._errors = bytearray()
        self._errors_ended = asyncio.Event()

    @property
    def errors(self) -> bytes:
        """See `CommandStream.errors`."""
        return bytes(self._errors)

    async def read(self, limit: int) -> bytes:
        """See `ByteStream.read`; after the end, exit status and errors are known."""
        data = await self._inbound.read(limit)
        if not data:
            await self._settle()
        return data

    def write(self, data: bytes) -> None:
        """See `ByteStream.write`."""
        if not self._outbound.is_gone:
            self._stdin.write(data)

    async def drain(self) -> None:
        """See `ByteStream.drain`."""
        await self._outbound.drain()

    async def close(self) -> None:
        """End the process group: by the end of its input, else by SIGTERM, else by SIGKILL."""
        self._outbound.go("The command's input is closed.")
        self._stdin.close()
        self._inbound.discard()
        for number in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.ended.wait(), _GRACE)
                break
            self.signal(number)
        await self.ended.wait()
        self._process.close()

    def signal(self, number: signal.Signals) -> None:
        """Signal the group, unless its leader has ended: its id may then be somebody else's."""
        if not self.ended.is_set():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.get_pid(), number)

    async def _settle(self) -> None:
        """Wait for exit status and errors, which follow the end of output at once or never."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LATE_OUTPUT):
                await self.ended.wait()
                await self._errors_ended.wait()

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The process was started."""
        self._process = cast(asyncio.SubprocessTransport, transport)
        self._stdin = cast(asyncio.WriteTransport, self._process.get_pipe_transport(0))
        stdout = cast(asyncio.ReadTransport, self._process.get_pipe_transport(1))
        self._inbound.pause, self._inbound.resume = stdout.pause_reading, stdout.resume_reading

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        """The process wrote something."""
        if fd == 1:
            self._inbound.feed(data)
        else:
            self._errors += data[: ERRORS_KEPT - len(self._errors)]

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:  # noqa: ARG002
        """The process, and whoever inherited it, closed one of its streams."""
        if fd == 0:
            self._outbound.go("The command no longer reads.")
        elif fd == 1:
            self._inbound.end()
        else:
            self._errors_ended.set()

    def process_exited(self) -> None:
        """The process was reaped."""
        self.exit_status = self._process.get_returncode()
        self._outbound.go("The command has ended.")
        self.ended.set()
        # Output may be held open for ever by a grandchild in the background.
        asyncio.get_running_loop().call_later(_LATE_OUTPUT, self._inbound.end)

    def pause_writing(self) -> None:
        """The pipe to the process is full."""
        self._outbound.clog()

    def resume_writing(self) -> None:
        """The pipe to the process takes more."""
        self._outbound.unclog()


async def start_process(
    *arguments: str, environment: Mapping[str, str] | None = None
) -> ProcessStream:
    """Start a program in a process group of its own.

    Raises:
        StreamRefused: it could not be started.
    """
    loop = asyncio.get_running_loop()
    try:
        _, stream = await loop.subprocess_exec(
            ProcessStream, *arguments, start_new_session=True, env=environment
        )
    except OSError as error:
        raise StreamRefused(f"{arguments[0]} could not be started: {error.strerror}.") from error
    return stream
