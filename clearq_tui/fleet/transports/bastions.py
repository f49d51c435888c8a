"""Connections to bastions, shared by all machines behind them.

A bastion with sshd's stock MaxStartups refuses every third of sixty simultaneous connections; one
shared connection that carries them all refuses none.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Final, Generic, Protocol, TypeVar

HANDSHAKES_AT_ONCE: Final = 8
"""Logins that run through one bastion at the same time."""


class Closable(Protocol):
    """A live connection."""

    @property
    def closed(self) -> asyncio.Event:
        """Set once it is gone."""
        ...

    async def close(self) -> None:
        """End it."""
        ...


C = TypeVar("C", bound=Closable)


class Lease(Generic[C]):
    """One machine's share of a connection to a bastion."""

    def __init__(self, shared: _Shared[C], connection: C) -> None:
        self.connection = connection
        self.handshakes = shared.handshakes
        """Hold it during a login through the bastion."""
        self._shared: _Shared[C] | None = shared

    async def release(self) -> None:
        """Give the share back; the last one closes the connection. May be repeated."""
        shared, self._shared = self._shared, None
        if shared is not None:
            await shared.leave()


class Bastions(Generic[C]):
    """All shared connections, by what makes them the same."""

    def __init__(self) -> None:
        self._shared: dict[Hashable, _Shared[C]] = {}

    async def borrow(self, key: Hashable, connect: Callable[[], Awaitable[C]]) -> Lease[C]:
        """A share of the living connection, which is made by `connect` where there is none.

        Whoever asks while it is being made waits for that, and shares its failure too: two hundred
        machines behind a dead bastion must not wait for two hundred time-outs in turn.
        """
        shared = self._shared.get(key)
        if shared is None or shared.is_dead:
            shared = self._shared[key] = _Shared(
                asyncio.ensure_future(connect()), forget=lambda gone: self._forget(key, gone)
            )
        shared.users += 1
        try:
            connection = await asyncio.shield(shared.connecting)
        except BaseException:
            await shared.leave()
            raise
        return Lease(shared, connection)

    def __len__(self) -> int:
        """How many connections are open or being made."""
        return len(self._shared)

    def _forget(self, key: Hashable, gone: _Shared[C]) -> None:
        if self._shared.get(key) is gone:
            del self._shared[key]


class _Shared(Generic[C]):
    """A connection that is made or being made, and how many use it."""

    def __init__(
        self, connecting: asyncio.Future[C], *, forget: Callable[[_Shared[C]], None]
    ) -> None:
        self.connecting = connecting
        self.users = 0
        self.handshakes = asyncio.Semaphore(HANDSHAKES_AT_ONCE)
        self._forget = forget

    @property
    def is_dead(self) -> bool:
        """It failed, or was made and is gone again."""
        if not self.connecting.done():
            return False
        if self.connecting.cancelled() or self.connecting.exception() is not None:
            return True
        return self.connecting.result().closed.is_set()

    async def leave(self) -> None:
        """One user fewer; the last one ends it."""
        self.users -= 1
        if self.users:
            return
        self._forget(self)
        if not self.connecting.done():
            self.connecting.cancel()
            await asyncio.wait([self.connecting])
        if not self.connecting.cancelled() and self.connecting.exception() is None:
            await self.connecting.result().close()
