"""What every transport offers, so that nothing above it knows which one is in use."""

from __future__ import annotations

import asyncio
from typing import Protocol

from clearq_tui.model import ClearqError

CHANNEL_WINDOW = 256 * 1024
"""Bytes that one conversation may hold unread; 200 machines then pin 50 MiB at most."""

ERRORS_KEPT = 64 * 1024
"""Bytes of a command's standard error that are kept; the rest is read and dropped."""


class StreamRefused(ClearqError):
    """The machine did not open the stream; there may be another way to its agent."""


class StreamBroken(ClearqError):
    """The stream ended otherwise than by its other end closing it."""


class ByteStream(Protocol):
    """One conversation with an agent."""

    async def read(self, limit: int) -> bytes:
        """The next bytes, at least one and at most `limit`; empty at the end.

        Raises:
            StreamBroken: the connection underneath died.
        """
        ...

    def write(self, data: bytes) -> None:
        """Queue bytes to be sent; what is written to a closed or broken stream is dropped."""
        ...

    async def drain(self) -> None:
        """Wait until the other end takes more.

        Raises:
            StreamBroken: the stream is closed or its connection died.
        """
        ...

    async def close(self) -> None:
        """End the conversation; the other end sees the end of its input. May be repeated.

        A command that does not care is ended too on this machine, and on others where the
        server allows it: sshd signals no command of root's.
        """
        ...


class CommandStream(ByteStream, Protocol):
    """The standard input and output of a command on the machine."""

    @property
    def errors(self) -> bytes:
        """What the command wrote to standard error so far, the first `ERRORS_KEPT` bytes."""
        ...

    @property
    def exit_status(self) -> int | None:
        """The command's exit status once it has ended; minus the signal that ended it."""
        ...


class Transport(Protocol):
    """One live connection to a machine."""

    @property
    def closed(self) -> asyncio.Event:
        """Set as soon as the connection is gone, whoever ended it."""
        ...

    @property
    def closed_because(self) -> str:
        """A sentence for the operator once `closed` is set; empty when we closed it."""
        ...

    async def open_socket(self, path: str) -> ByteStream:
        """A conversation with whoever listens on the machine's Unix socket at `path`.

        Raises:
            StreamRefused: nobody listens there, forwarding is forbidden, or this kind of
                transport cannot reach sockets.
        """
        ...

    async def execute(self, command: str) -> CommandStream:
        """Run a command under the account's login shell, without a terminal.

        Raises:
            StreamRefused: the machine did not start it.
        """
        ...

    async def close(self) -> None:
        """Close all streams and the connection. May be repeated."""
        ...
