"""The controller's Unix socket: nudges come in, the live feed goes out."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Callable

from clearq_tui.feed import socket_address
from clearq_tui.feed.messages import (
    LINE_LIMIT,
    Changed,
    Hello,
    Notice,
    Request,
    Unlocked,
    decode_request,
    encode,
)
from clearq_tui.paths import Home

BACKLOG_LIMIT = 1 << 20
"""Bytes that a subscriber may leave unread before it is let go; it will come back."""
COALESCE = 0.02
"""Seconds within which changes are told as one."""


class FeedServer:
    """Listens for the processes of this laptop's operator, and for nobody else."""

    def __init__(
        self,
        home: Home,
        *,
        nudged: Callable[[], None],
        stopped: Callable[[], None],
        unlocked: Callable[[bytes], bool],
    ) -> None:
        """What is called when somebody asks for it.

        `unlocked` gets the key of the encrypted secrets, or nothing, and says whether they can be
        read now.
        """
        self._home = home
        self._nudged = nudged
        self._stopped = stopped
        self._unlocked = unlocked
        self._conversations: dict[asyncio.StreamWriter, asyncio.Task[None]] = {}
        self._subscribers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self._change_pending = False

    async def start(self) -> None:
        """Listen. The lock on the store says that whoever left a socket here is gone.

        Raises:
            OSError: the socket cannot be made.
        """
        self._home.socket.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        before = os.umask(0o177)
        try:
            with socket_address(self._home) as address:
                listener.bind(address)
        finally:
            os.umask(before)
        listener.setblocking(False)
        self._server = await asyncio.start_unix_server(
            self._serve, sock=listener, limit=LINE_LIMIT, backlog=128
        )

    async def close(self) -> None:
        """Stop listening, and end every conversation."""
        self._home.socket.unlink(missing_ok=True)
        if self._server is not None:
            self._server.close()
        for writer in self._conversations:
            writer.close()
        await asyncio.gather(*self._conversations.values(), return_exceptions=True)

    @property
    def has_subscribers(self) -> bool:
        """Whether anybody would see what is told."""
        return bool(self._subscribers)

    def tell(self, notice: Notice) -> None:
        """Send a notice to all subscribers; one that does not keep up is let go."""
        if not self.has_subscribers:
            return
        line = encode(notice)
        for writer in list(self._subscribers):
            if writer.transport.get_write_buffer_size() > BACKLOG_LIMIT:
                self._subscribers.discard(writer)
                writer.transport.abort()
            else:
                writer.write(line)

    def tell_changed(self) -> None:
        """Tell, within `COALESCE`, that the store changed."""
        if self.has_subscribers and not self._change_pending:
            self._change_pending = True
            asyncio.get_running_loop().call_later(COALESCE, self._tell_change)

    def _tell_change(self) -> None:
        self._change_pending = False
        self.tell(Changed(type="changed"))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        conversation = asyncio.current_task()
        assert conversation is not None
        self._conversations[writer] = conversation
        try:
            while (line := await reader.readline()).endswith(b"\n"):
                self._obey(decode_request(line), writer)
        except (ValueError, ConnectionError):
            pass  # whoever talks nonsense or leaves in mid-word is not served any longer
        finally:
            self._subscribers.discard(writer)
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()
            del self._conversations[writer]

    def _obey(self, request: Request, writer: asyncio.StreamWriter) -> None:
        kind = request["type"]
        if request["type"] == "unlock":
            is_open = self._unlocked(bytes.fromhex(request["key"]))
            writer.write(encode(Unlocked(type="unlocked", open=is_open)))
        elif kind == "nudge":
            self._nudged()
        elif kind == "subscribe":
            self._subscribers.add(writer)
            writer.write(encode(Hello(type="hello", pid=os.getpid())))
        elif kind == "stop":
            self._stopped()
