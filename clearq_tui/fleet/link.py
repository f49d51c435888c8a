"""Drives a session over a byte stream: reads, writes, pings, sends blobs. Decides nothing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from clearq_tui.fleet.output_effects import OutputEffect, OutputWishes
from clearq_tui.fleet.output_session import OutputSession
from clearq_tui.fleet.session import (
    SILENT_AFTER,
    Apply,
    AttemptView,
    BringSecrets,
    BuildLease,
    Drop,
    Effect,
    Opening,
    Ready,
    SendBlob,
    Session,
    Show,
    Transmit,
    WriteStream,
)
from clearq_tui.fleet.transports.base import ByteStream, StreamBroken
from remote_agent.messages import Event, Message, Welcome, decode_message, encode_message
from remote_agent.wire import (
    BLOB,
    CONTROL,
    PIECE,
    STREAM,
    BlobPiece,
    Frame,
    FrameReader,
    WireError,
    decode_stream_piece,
    encode_blob_piece,
)

READ_SIZE = 256 * 1024
TICK = 1.0
"""Seconds between looks at the clock."""


class LinkEnded(NamedTuple):
    """Why a link is over."""

    reason: str
    final: bool
    """Trying again at once would only end the same way."""


class LinkOwner(Protocol):
    """Who holds the store's end of a link. Called from the event loop, so it must return soon."""

    def welcomed(self, welcome: Welcome, *, journal_replaced: bool) -> None:
        """The agent is there; remember it, then call `Link.desire`."""

    def build_lease(self, attempt: str) -> None:
        """Make the attempt's spec, now or later, then call `Link.lease`."""

    def bring_secrets(self, attempt: str) -> None:
        """Read the values of the attempt's secrets, now or later, then call `Link.secrets`."""

    def take_events(self, journal: str, events: tuple[Event, ...]) -> None:
        """Commit the events, now or soon; once they are safe, call `Link.applied`."""

    def write_stream(
        self, attempt: str, stream: str, offset: int, data: bytes, *, last: bool
    ) -> None:
        """Put the bytes into the attempt's stream; when `last`, all of it is safe on return."""

    def show(self, sample: Mapping[str, Any]) -> None:
        """The machine's newest metrics."""

    def act_on_outputs(self, effect: OutputEffect) -> None:
        """Do it, now or later, then say so by `Link.about_outputs`."""

    def blob_path(self, sha256: str) -> Path | None:
        """Where the blob lies, if it does."""


class Link:
    """One live conversation with one agent."""

    def __init__(self, stream: ByteStream, opening: Opening, owner: LinkOwner) -> None:
        self._stream = stream
        self._session = Session(opening)
        self._owner = owner
        self._ended: LinkEnded | None = None
        self._over = asyncio.Event()
        self._carrying = False
        self._blobs: asyncio.Queue[SendBlob] = asyncio.Queue()

    async def run(self) -> LinkEnded:
        """Converse until the link ends, and say why it did."""
        self._session.open(time.monotonic(), time.time())
        self._carry_out()
        parts = [
            asyncio.create_task(part)
            for part in (self._wait_for_end(), self._listen(), self._tick(), self._pump())
        ]
        try:
            await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
            return next(part.result() for part in parts if part.done())
        finally:
            for part in parts:
                part.cancel()
            await asyncio.gather(*parts, return_exceptions=True)
            await self._stream.close()

    # What the owner says

    def desire(self, attempts: Iterable[AttemptView], workers: Mapping[str, int]) -> None:
        """See `Session.desire`."""
        self._session.desire(attempts, workers)
        self._carry_out()

    def lease(self, attempt: str, spec: Mapping[str, Any]) -> None:
        """See `Session.lease`."""
        self._session.lease(attempt, spec)
        self._carry_out()

    def secrets(self, attempt: str, values: Mapping[str, str], problem: str = "") -> None:
        """See `Session.secrets`."""
        self._session.secrets(attempt, values, problem)
        self._carry_out()

    def want_outputs(self, wishes: OutputWishes) -> None:
        """See `Session.want_outputs`."""
        self._session.want_outputs(wishes)
        self._carry_out()

    def about_outputs(self, tell: Callable[[OutputSession], None]) -> None:
        """Say what was done about outputs, and carry out what follows."""
        tell(self._session.outputs)
        self._carry_out()

    def applied(self, seq: int) -> None:
        """See `Session.applied`."""
        self._session.applied(seq)
        self._carry_out()

    def say(self, message: Message) -> None:
        """Send a message that no decision of the session's depends on."""
        if self._ended is None:
            self._stream.write(encode_message(message))

    def end(self, reason: str) -> None:
        """End the link from this side."""
        self._finish(LinkEnded(reason, final=False))

    # The parts of `run`; the first that returns says why the link is over

    async def _wait_for_end(self) -> LinkEnded:
        await self._over.wait()
        assert self._ended is not None
        return self._ended

    async def _listen(self) -> LinkEnded:
        reader = FrameReader()
        try:
            while True:
                data = await self._stream.read(READ_SIZE)
                if not data:
                    return LinkEnded("The agent closed the link.", final=False)
                for frame in reader.feed(data):
                    self._receive(frame)
                self._carry_out()
        except StreamBroken as error:
            return LinkEnded(str(error), final=False)
        except WireError as error:
            return LinkEnded(f"The agent broke the protocol: {error}.", final=False)

    def _receive(self, frame: Frame) -> None:
        if frame.kind == CONTROL:
            message = decode_message(frame.payload)
            self._session.receive(message, time.monotonic(), time.time())
        elif frame.kind == STREAM:
            self._session.receive_piece(decode_stream_piece(frame.payload), time.monotonic())
        elif frame.kind == BLOB:
            raise WireError("it sent a blob, which only the laptop does")

    async def _tick(self) -> LinkEnded:
        while True:
            before = time.time()
            await asyncio.sleep(TICK)
            if time.time() - before > SILENT_AFTER:
                # The monotonic clock stands while a laptop sleeps, the other one does not.
                return LinkEnded("This laptop slept.", final=False)
            self._session.tick(time.monotonic())
            self._carry_out()

    async def _pump(self) -> LinkEnded:
        """Send blobs one after the other, a piece at a time, so that control passes in between."""
        while True:
            wanted = await self._blobs.get()
            path = self._owner.blob_path(wanted.sha256)
            if path is None:
                reason = f"The agent asks for the blob {wanted.sha256[:12]}, which is not here."
                return LinkEnded(reason, final=False)
            try:
                await self._send_blob(wanted, path)
            except StreamBroken as error:
                return LinkEnded(str(error), final=False)

    async def _send_blob(self, wanted: SendBlob, path: Path) -> None:
        with path.open("rb") as file:
            file.seek(wanted.offset)
            offset = wanted.offset
            data = file.read(PIECE)
            # One piece at least: of an empty blob, or of one whose bytes have all arrived before.
            while True:
                self._stream.write(encode_blob_piece(BlobPiece(wanted.sha256, offset, data)))
                offset += len(data)
                await self._stream.drain()
                data = file.read(PIECE)
                if not data:
                    return

    # Effects

    def _carry_out(self) -> None:
        """Carry out everything the session has decided, and what follows from doing so."""
        if self._carrying:
            return  # the call further up the stack goes on with what was added
        self._carrying = True
        try:
            while self._ended is None and (effects := self._session.take()):
                unsent = bytearray()
                for effect in effects:
                    if isinstance(effect, Transmit):
                        unsent += encode_message(effect.message)
                    else:
                        self._act(effect)
                if unsent:
                    self._stream.write(bytes(unsent))
        finally:
            self._carrying = False

    def _act(self, effect: Effect) -> None:
        owner = self._owner
        if isinstance(effect, Apply):
            owner.take_events(effect.journal, effect.events)
        elif isinstance(effect, WriteStream):
            attempt, stream, offset, data, last = effect
            owner.write_stream(attempt, stream, offset, data, last=last)
            self._session.stream_written(attempt)
        elif isinstance(effect, Show):
            owner.show(effect.sample)
        elif isinstance(effect, BuildLease):
            owner.build_lease(effect.attempt)
        elif isinstance(effect, BringSecrets):
            owner.bring_secrets(effect.attempt)
        elif isinstance(effect, SendBlob):
            self._blobs.put_nowait(effect)
        elif isinstance(effect, Ready):
            owner.welcomed(effect.welcome, journal_replaced=effect.journal_replaced)
        elif isinstance(effect, Drop):
            self._finish(LinkEnded(effect.reason, effect.final))
        elif not isinstance(effect, Transmit):
            owner.act_on_outputs(effect)

    def _finish(self, ended: LinkEnded) -> None:
        if self._ended is None:
            self._ended = ended
            self._over.set()
