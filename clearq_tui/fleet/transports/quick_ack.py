"""Acknowledges at once what arrives over TCP, so that sshd need not wait to send more.

sshd leaves Nagle's algorithm on where there is no terminal: it holds a small packet back until the
one before is acknowledged, and Linux holds an acknowledgement back for 40 ms in the hope of data to
send along. Each of two small messages in a row would cost those 40 ms.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Coroutine
from typing import Final, TypeVar

import asyncssh

_QUICK: Final = getattr(socket, "TCP_QUICKACK", None)
"""Linux has it; elsewhere the delay is what it is."""
_AGAIN_AFTER: Final = 0.002

Result = TypeVar("Result")


class QuickAck:
    """One connection's socket, as far as it is a TCP socket of ours."""

    def __init__(self, connection: asyncssh.SSHClientConnection) -> None:
        found = connection.get_extra_info("socket")
        is_tcp = found is not None and found.family in (socket.AF_INET, socket.AF_INET6)
        self._socket = found if is_tcp and _QUICK is not None else None

    def now(self) -> None:
        """Acknowledge what has arrived. The kernel forgets the wish soon, so say it each time."""
        if self._socket is not None:
            with contextlib.suppress(OSError):  # the connection is gone; others will notice
                self._socket.setsockopt(socket.IPPROTO_TCP, _QUICK, 1)

    async def during(self, work: Coroutine[None, None, Result]) -> Result:
        """Do the work, acknowledging all the while what arrives for asyncssh itself."""
        task = asyncio.ensure_future(work)
        try:
            while not task.done():
                self.now()
                await asyncio.wait({task}, timeout=_AGAIN_AFTER)
            return task.result()
        finally:
            task.cancel()
