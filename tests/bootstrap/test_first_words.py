"""What a machine's first words tell of a failure: is it worth another try?"""

from __future__ import annotations

import pytest

from clearq_tui.fleet.first_words import BootstrapFailed, BootstrapInterrupted, FirstWords
from clearq_tui.fleet.transports.base import StreamBroken


class ShortStream:
    """A command that says a little and ends, or whose connection breaks."""

    def __init__(self, said: bytes, status: int | None, *, breaks: bool = False) -> None:
        self._said = said
        self._breaks = breaks
        self.exit_status = status
        self.errors = b"some complaint"

    async def read(self, limit: int) -> bytes:
        """What was said, once."""
        said, self._said = self._said, b""
        if not said and self._breaks:
            raise StreamBroken("the line went dead.")
        return said

    def write(self, data: bytes) -> None:
        """Nobody listens."""

    async def drain(self) -> None:
        """Nothing to wait for."""

    async def close(self) -> None:
        """Nothing to close."""


async def test_broken_connection_is_worth_another_try() -> None:
    words = FirstWords(ShortStream(b"noise", None, breaks=True))
    with pytest.raises(BootstrapInterrupted, match="the line went dead"):
        await words.skip_to("nonce")


@pytest.mark.parametrize("status", [None, -9])
async def test_killed_command_is_worth_another_try(status: int | None) -> None:
    with pytest.raises(BootstrapInterrupted, match=r"cut off.*some complaint"):
        await FirstWords(ShortStream(b"half a li", status)).line()


async def test_command_that_fails_by_itself_needs_the_operator() -> None:
    with pytest.raises(BootstrapFailed, match=r"status 3.*some complaint") as failure:
        await FirstWords(ShortStream(b"noise", 3)).skip_to("nonce")
    assert not isinstance(failure.value, BootstrapInterrupted)


async def test_silence_is_worth_another_try() -> None:
    class Silent(ShortStream):
        async def read(self, limit: int) -> bytes:
            """Never anything."""
            import asyncio

            await asyncio.Event().wait()
            return b""

    with pytest.raises(BootstrapInterrupted, match="said nothing"):
        await FirstWords(Silent(b"", None), patience=0.01).line()
