"""Reads what a machine says before its stream carries frames: noise, a marker, lines of JSON."""

from __future__ import annotations

import asyncio
import json
from typing import Any, Final

from clearq_tui.fleet.transports.base import ByteStream, CommandStream, StreamBroken
from clearq_tui.model import ClearqError
from clearq_tui.safe_text import one_line
from remote_agent.wire import MARKER

MOST_NOISE: Final = 16 << 20
"""Bytes that start-up files may print before we give up."""
LONGEST_LINE: Final = 16 << 10
PATIENCE: Final = 45.0
"""Seconds of silence after which the machine is given up."""
_QUOTED: Final = 300
_READ: Final = 64 << 10


class BootstrapFailed(ClearqError):
    """The agent could not be brought to the machine; the message says why and what to do."""


class BootstrapInterrupted(BootstrapFailed):
    """The link or the machine gave out on the way; another try may well succeed."""


class FirstWords:
    """The beginning of a command's output."""

    def __init__(self, stream: CommandStream, patience: float = PATIENCE) -> None:
        self._stream = stream
        self._patience = patience
        self._pending = bytearray()
        self._noise = b""

    async def skip_to(self, nonce: str) -> None:
        """Skip everything up to and with the marker that carries the nonce.

        Raises:
            BootstrapFailed: the command ended, fell silent or printed too much before it.
        """
        marker = MARKER + nonce.encode() + b"\n"
        skipped = 0
        while (at := self._pending.find(marker)) < 0:
            surplus = max(0, len(self._pending) - len(marker) + 1)
            self._noise = (self._noise + self._pending[:surplus])[-_QUOTED:]
            del self._pending[:surplus]
            skipped += surplus
            if skipped > MOST_NOISE:
                raise BootstrapFailed(
                    f"The login shell printed more than {MOST_NOISE >> 20} MiB before anything of "
                    "ours. Look at the account's start-up files."
                )
            if not await self._more():
                self._noise += bytes(self._pending)
                raise self._ended_early()
        del self._pending[: at + len(marker)]

    async def line(self) -> bytes:
        """The next line, without its end.

        Raises:
            BootstrapFailed: the command ended or fell silent in it, or it is too long.
        """
        while (at := self._pending.find(b"\n")) < 0:
            if len(self._pending) > LONGEST_LINE:
                raise BootstrapFailed("The first words of the machine do not end.")
            if not await self._more():
                raise self._ended_early()
        line = bytes(self._pending[:at])
        del self._pending[: at + 1]
        return line

    async def words(self) -> dict[str, Any]:
        """The next line's JSON object.

        Raises:
            BootstrapFailed: it is none, or says why the machine has failed.
        """
        return parsed(await self.line())

    def rest(self) -> ByteStream:
        """The stream from here on."""
        return _Rest(self._stream, bytes(self._pending))

    async def _more(self) -> bool:
        try:
            async with asyncio.timeout(self._patience):
                data = await self._stream.read(_READ)
        except TimeoutError:
            raise BootstrapInterrupted(
                f"The machine said nothing for {self._patience:.0f} s while the agent was started."
                + self._quotation()
            ) from None
        except StreamBroken as error:
            raise BootstrapInterrupted(
                f"The connection broke while the agent was started: {error}"
            ) from error
        self._pending += data
        return bool(data)

    def _ended_early(self) -> BootstrapFailed:
        status = self._stream.exit_status
        if status is None or status < 0:
            return BootstrapInterrupted(
                "The command that starts the agent was cut off before it was done."
                + self._quotation()
            )
        return BootstrapFailed(
            f"The command that starts the agent ended with status {status} before it was done. See "
            "whether `ssh MACHINE true` works, and what the account's start-up files do."
            + self._quotation()
        )

    def _quotation(self) -> str:
        """What was printed last, for the operator to recognise."""
        for name, data in (("error output", self._stream.errors), ("output", self._noise)):
            if text := data.decode(errors="replace").strip():
                return f" Its {name} ends: {one_line(text[-_QUOTED:])}"
        return ""


def parsed(line: bytes) -> dict[str, Any]:
    """The JSON object in a line.

    Raises:
        BootstrapFailed: it is none, or says why the machine has failed.
    """
    try:
        words = json.loads(line)
    except (ValueError, RecursionError):
        words = None
    if not isinstance(words, dict):
        shown = one_line(line[:_QUOTED].decode(errors="replace"))
        raise BootstrapFailed(f"The machine's first words make no sense: {shown}")
    if "failed" in words:
        raise BootstrapFailed(one_line(str(words["failed"])[:2000]))
    return words


class _Rest:
    """A stream of which the first bytes were read already."""

    def __init__(self, stream: ByteStream, first: bytes) -> None:
        self._stream = stream
        self._first = first

    async def read(self, limit: int) -> bytes:
        """See `ByteStream.read`."""
        if self._first:
            data, self._first = self._first[:limit], self._first[limit:]
            return data
        return await self._stream.read(limit)

    def write(self, data: bytes) -> None:
        """See `ByteStream.write`."""
        self._stream.write(data)

    async def drain(self) -> None:
        """See `ByteStream.drain`."""
        await self._stream.drain()

    async def close(self) -> None:
        """See `ByteStream.close`."""
        await self._stream.close()
