"""The daemon: one thread that feeds the core what happens, and carries out what it decides.

Each round takes in everything that has arrived, then has one turn of the core: so whatever arrived
together is made safe with one sync.
"""

from __future__ import annotations

import gc
import os
import selectors
import signal
import socket
import time
from typing import Union

from remote_agent.blobs import BlobRefused, Shelf
from remote_agent.core import AgentCore
from remote_agent.effects import Effects
from remote_agent.facts import facts
from remote_agent.journal import Journal, JournalError
from remote_agent.layout import Layout
from remote_agent.links import Links
from remote_agent.listening import hear_reports
from remote_agent.messages import (
    Discard,
    Discarded,
    Fetch,
    Hello,
    ListOutput,
    Message,
    Ping,
    Pong,
    Pull,
    Refused,
    Secrets,
    decode_message,
)
from remote_agent.outputs.keeping import doom
from remote_agent.outputs.pump import OutputPump
from remote_agent.prctl import hide_memory, name_process
from remote_agent.records import Outgoing, Send
from remote_agent.runner_watch import RunnerWatch
from remote_agent.running_log import RunningLog
from remote_agent.sampling import Sampling
from remote_agent.stream_files import reader
from remote_agent.stream_pump import StreamPump
from remote_agent.supervision import Children
from remote_agent.takeover import CannotBecome, become, is_open_at, remove_everything
from remote_agent.turn import carry_out
from remote_agent.wake import SignalPipe
from remote_agent.wire import (
    BLOB,
    CONTROL,
    Frame,
    WireError,
    decode_blob_piece,
    encode_stream_piece,
)
from remote_agent.workspace.cache import known_commits

COMPACT_AFTER = 1000
"""Records; and never before the journal is twice as long as it must be."""
_OUTPUT_STEPS = 4
"""In one round: some milliseconds at most, on a disk that is not slow."""
CHECK_EVERY = 60.0
"""Seconds between looks whether the agent's root is still there."""


class Belongings:
    """What a daemon is made with."""

    def __init__(
        self,
        layout: Layout,
        store: str,
        boot: str,
        lock: int,
        listener: socket.socket,
        warning: str,
    ) -> None:
        self.layout = layout
        self.store = store
        self.boot = boot
        self.lock = lock
        """The descriptor whose lock makes this the only daemon."""
        self.listener = listener
        self.warning = warning


class Daemon:
    """The loop, and the little state that is not the core's."""

    def __init__(
        self, own: Belongings, core: AgentCore, journal: Journal, shelf: Shelf, log: RunningLog
    ) -> None:
        self._own = own
        self._layout = own.layout
        self._core = core
        self._journal = journal
        self._shelf = shelf
        self._log = log
        self._selector = selectors.DefaultSelector()
        self._links = Links(self._selector, own.listener, self._take)
        self._pump = StreamPump()
        self._read_stream = reader(own.layout)
        self._outputs = OutputPump(own.layout)
        self._children = Children(own.layout, own.boot)
        self._effects = Effects(own.layout, core, shelf, self._children, log, time.time)
        self._sampling = Sampling(own.layout, self._selector, self._sample)
        self._signals = SignalPipe()
        reports = hear_reports(own.layout.notify)
        self._watch = RunnerWatch(own.layout, core, self._children, reports, self._pump_soon)
        self._check_at = time.monotonic()
        self._compact_at = COMPACT_AFTER
        self._stopping = False
        self._selector.register(self._signals, selectors.EVENT_READ, self._on_signal)
        self._selector.register(reports, selectors.EVENT_READ, self._watch.take_in_reports)

    def run(self) -> None:
        """Serve until told to end; exits the process when the journal cannot be written."""
        name_process("clearq-agent")
        self._log.say("started as %d" % os.getpid())
        try:
            self._turn()
            # What lives for ever need not be walked, and so copied, in every forked child.
            gc.collect()
            gc.freeze()
            self._watch.adopt()
            self._watch.take_in_ended()
            self._round()
            while not self._stopping:
                for key, _ in self._selector.select(self._patience()):
                    key.data(time.monotonic())
                self._round()
        except JournalError as error:
            self._log.say("ends, because nothing can be promised without a journal: %s" % error)
            self._refuse("it has to end. %s" % error)
            self._links.flush()
            raise SystemExit(1) from error
        finally:
            self._sampling.stop()
        self._log.say("ends")

    # One round

    def _round(self) -> None:
        now = time.monotonic()
        if now >= self._watch.look_at:
            self._watch.look_around(now)
            self._effects.repeat()
        if now >= self._check_at:
            self._check_root(now)
        self._links.tick(now, self._core.link)
        self._sampling.tick(now)
        self._forget_ended_links()
        self._turn()
        self._pump_streams(now)
        self._pump_outputs()
        self._links.flush()
        self._forget_ended_links()
        self._children.proceed(now)
        if self._effects.is_over:
            self._leave()
        elif self._effects.becoming:
            self._become()
        elif self._core.record_count >= self._compact_at:
            self._compact()

    def _turn(self) -> None:
        """Everything the core has decided, and what it decides when told of what went wrong."""
        turn = self._core.flush()
        while turn.records or turn.effects or turn.outgoing:
            carry_out(turn, self._journal, self._effects.act, self._tell)
            turn = self._core.flush()

    def _patience(self) -> float:
        """Seconds until something must be done unasked."""
        times = [self._check_at, self._links.next_tick(self._core.link), self._sampling.next_tick()]
        if self._children.next_removal is not None:
            times.append(self._children.next_removal)
        if self._watch.has_adopted or self._effects.has_unheard:
            times.append(self._watch.look_at)
        outbox = self._links.outbox(self._core.link)
        if outbox is not None and outbox.has_room_for_streams:
            times.append(self._pump.next_look())
        if outbox is not None and outbox.has_room_for_files and self._outputs.has_work:
            return 0.0
        first = min(moment for moment in times if moment is not None)
        return max(0.0, first - time.monotonic())

    def _on_signal(self, _now: float) -> None:
        arrived = self._signals.arrived()
        if signal.SIGTERM in arrived:
            self._stopping = True
        if signal.SIGCHLD in arrived:
            self._watch.take_in_ended()

    # Links

    def _take(self, link: int, frame: Frame, now: float) -> None:
        if frame.kind == CONTROL:
            self._hear(link, decode_message(frame.payload), now)
        elif frame.kind != BLOB:
            raise WireError("it sent a stream, which only the machine does")
        elif link == self._core.link:
            self._take_piece(frame.payload)

    def _hear(self, link: int, message: Message, now: float) -> None:
        if isinstance(message, Ping):
            self._links.tell(link, Pong(message.token))
        elif isinstance(message, Hello):
            self._attach(link, message)
        elif isinstance(message, (Pull, ListOutput, Fetch, Discard)):
            if link == self._core.link:
                self._hear_of_results(link, message, now)
        else:
            if isinstance(message, Secrets):
                hide_memory()
            self._core.receive(link, message, time.time())

    def _hear_of_results(
        self, link: int, message: Union[Pull, ListOutput, Fetch, Discard], now: float
    ) -> None:
        if isinstance(message, Pull):
            self._pump.grant(message.attempt, message.offsets, message.credit, now)
        elif isinstance(message, ListOutput):
            self._outputs.list_output(message)
        elif isinstance(message, Fetch):
            answer = self._outputs.fetch(message)
            if answer is not None:
                self._links.tell(link, answer)
        else:
            doom(self._layout, message.attempt)
            self._children.tidy(now)
            self._links.tell(link, Discarded(message.attempt))

    def _attach(self, link: int, hello: Hello) -> None:
        self._core.facts = facts(self._layout.root, self._own.warning)
        self._core.commits = known_commits(self._layout.cache)
        self._core.attach(link, hello, time.time())
        if self._core.link == link:
            self._log.say("link %d attached with epoch %d" % (link, hello.epoch))
            self._forget_what_is_wanted()
            self._sampling.start()

    def _take_piece(self, payload: bytes) -> None:
        piece = decode_blob_piece(payload)
        try:
            if self._shelf.write(piece, self._core.needed_blobs().get(piece.sha256)):
                self._core.blob_arrived(piece.sha256, time.time())
        except BlobRefused as refused:
            self._core.blob_failed(piece.sha256, str(refused), time.time())

    def _forget_ended_links(self) -> None:
        for link, reason in self._links.ended():
            self._log.say("link %d ended: %s" % (link, reason))
            if link == self._core.link:
                self._forget_what_is_wanted()
                self._sampling.stop()
            self._core.detach(link)

    def _forget_what_is_wanted(self) -> None:
        self._pump.clear()
        self._outputs.clear()

    def _tell(self, outgoing: Outgoing) -> None:
        if isinstance(outgoing, Send):
            self._links.tell(outgoing.link, outgoing.message)
        else:
            self._links.close_when_written(outgoing.link)

    def _pump_soon(self, attempt: str) -> None:
        self._pump.hurry(attempt, time.monotonic())

    def _pump_streams(self, now: float) -> None:
        outbox = self._links.outbox(self._core.link)
        while outbox is not None and outbox.has_room_for_streams:
            pieces = self._pump.pieces(now, self._read_stream, self._core.is_over)
            if not pieces:
                return
            for piece in pieces:
                outbox.put_stream(encode_stream_piece(piece))

    def _pump_outputs(self) -> None:
        """A few steps: whatever else has arrived meanwhile is looked at in between."""
        outbox = self._links.outbox(self._core.link)
        for _ in range(_OUTPUT_STEPS):
            if outbox is None or not (outbox.has_room_for_files and self._outputs.has_work):
                return
            for frame in self._outputs.step():
                outbox.put_file(frame)

    def _sample(self, frame: bytes) -> None:
        outbox = self._links.outbox(self._core.link)
        if outbox is not None:
            outbox.put_sample(frame)

    # The daemon itself

    def _compact(self) -> None:
        self._journal.compact(self._core.compact())
        self._compact_at = max(COMPACT_AFTER, 2 * self._core.record_count)

    def _become(self) -> None:
        directory, self._effects.becoming = self._effects.becoming, ""
        own = self._own
        self._log.say("becomes the build in %s" % directory)
        self._sampling.stop()
        try:
            become(own.layout, directory, own.store, own.lock, own.listener.fileno())
        except CannotBecome as error:
            self._log.say("goes on as it is: %s" % error)
            self._refuse("it cannot go on as another build: %s" % error)

    def _refuse(self, reason: str) -> None:
        if self._core.link is not None:
            self._links.tell(self._core.link, Refused(reason.rstrip(".")))

    def _check_root(self, now: float) -> None:
        """End when somebody has removed the root: nobody can reach this daemon any more."""
        self._check_at = now + CHECK_EVERY
        if not is_open_at(self._own.lock, self._layout.lock):
            self._log.say("ends, because %s is gone" % self._layout.root)
            self._stopping = True

    def _leave(self) -> None:
        self._links.close_all()
        remove_everything(self._layout)
        self._stopping = True
