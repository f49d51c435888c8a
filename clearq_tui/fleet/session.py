"""What the laptop says on a link, and what it makes of what it hears. No I/O: see `link` for that.

A session lives as long as one link. It is told what the store wants (`desire`), what arrives
(`receive`, `receive_piece`) and what time it is (`tick`); it answers with effects, taken in order
by `take`. Events are handed out to be committed; only `applied`, called after the commit,
acknowledges them. So the agent forgets nothing that a crash of the laptop could unmake.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from clearq_tui.fleet.output_effects import OutputEffect, OutputWishes, Say
from clearq_tui.fleet.output_session import OutputMessage, OutputSession
from clearq_tui.model import AttemptState, Wish
from remote_agent.messages import (
    Abort,
    Acknowledge,
    Event,
    Hello,
    Lease,
    Message,
    Need,
    NeedSecrets,
    Ping,
    Pong,
    Pull,
    Recall,
    Refused,
    Release,
    Sample,
    Secrets,
    Welcome,
    Workers,
)
from remote_agent.records import ENDED
from remote_agent.wire import (
    LOG_STREAM,
    OUTPUT_STREAM,
    PROTOCOL,
    SCALARS_STREAM,
    StreamPiece,
)

PING_EVERY = 5.0
"""Seconds."""
SILENT_AFTER = 3 * PING_EVERY
CREDIT = 1 << 20
"""How many bytes of one stream an agent may send ahead of what has been written here."""
GRACE = 10.0
"""Seconds between SIGTERM and SIGKILL of an abort."""


@dataclass(frozen=True)
class AttemptView:
    """What the store says of an attempt that its machine has not yet been told to forget."""

    name: str
    state: AttemptState
    wish: Wish
    log_bytes: int = 0
    scalars_bytes: int = 0
    whole: bool = False
    """All of its log is here, and so are all of its scalars."""

    @property
    def wants_lease(self) -> bool:
        """It is to begin, and its machine is not known to have its lease."""
        return self.state is AttemptState.LEASED and self.wish is Wish.RUN


@dataclass(frozen=True)
class Opening:
    """What the store remembers of the agent, with the epoch raised for this very link."""

    store: str
    epoch: int
    journal: str
    acknowledged: int
    build: str


class Transmit(NamedTuple):
    """Send the message."""

    message: Message


class Ready(NamedTuple):
    """The agent welcomed us. Remember it, then call `desire`."""

    welcome: Welcome
    journal_replaced: bool
    """The agent's old journal is gone: what it held of this store's attempts is lost."""


class BuildLease(NamedTuple):
    """Make the attempt's spec, then call `lease`."""

    attempt: str


class Apply(NamedTuple):
    """Commit the events in one transaction with the last `seq`, then call `applied`."""

    journal: str
    events: tuple[Event, ...]
    """Their times are on the laptop's clock."""


class WriteStream(NamedTuple):
    """Put the bytes into the attempt's log or scalars at `offset`, then call `stream_written`."""

    attempt: str
    stream: str
    offset: int
    data: bytes
    last: bool


class SendBlob(NamedTuple):
    """Send the blob's pieces from `offset` on."""

    sha256: str
    offset: int


class BringSecrets(NamedTuple):
    """The machine has forgotten, or never had, the attempt's secrets: call `secrets` with them."""

    attempt: str


class Show(NamedTuple):
    """The machine's newest metrics."""

    sample: Mapping[str, Any]


class Drop(NamedTuple):
    """End the link."""

    reason: str
    final: bool = False
    """Trying again at once would only end the same way."""


Effect = (
    Transmit | Ready | BuildLease | Apply | WriteStream | SendBlob | BringSecrets | Show | Drop
    | OutputEffect
)  # fmt: skip


@dataclass
class _Told:
    """What this link has already said about an attempt."""

    view: AttemptView
    lease_asked: bool = False
    recalled: bool = False
    abort: Wish | None = None
    released: bool = False
    streams: Mapping[str, _Stream] = field(default_factory=dict)
    pulled: bool = False


@dataclass
class _Stream:
    """How far a log or scalars have come."""

    next: int
    """Where the next piece must begin."""
    granted: int = 0
    """Up to which offset the agent may send."""


@dataclass
class _Clock:
    """The machine's wall clock against the laptop's, estimated from hello and welcome."""

    hello_at: float = 0.0
    ahead: float = 0.0


@dataclass
class Session:
    """One conversation with one agent."""

    opening: Opening
    outputs: OutputSession = field(default_factory=OutputSession)
    """What it is about outputs."""
    _effects: list[Effect] = field(default_factory=list)
    _welcomed: bool = False
    _journal: str = ""
    _seen: int = 0
    _fresh: list[Event] = field(default_factory=list)
    _attempts: dict[str, _Told] = field(default_factory=dict)
    _workers: Mapping[str, int] | None = None
    _clock: _Clock = field(default_factory=_Clock)
    _heard_at: float = 0.0
    _pinged_at: float = 0.0

    def open(self, now: float, wall: float) -> None:
        """Say hello. `now` is monotonic, `wall` the laptop's clock; both in seconds."""
        self._heard_at = self._pinged_at = now
        self._clock.hello_at = wall
        opening = self.opening
        self._transmit(
            Hello(
                protocol=PROTOCOL,
                store=opening.store,
                epoch=opening.epoch,
                journal=opening.journal,
                acknowledged=opening.acknowledged,
                clock=wall,
                build=opening.build,
            )
        )

    def take(self) -> list[Effect]:
        """All effects since the last call; events that arrived together come as one."""
        if self._fresh:
            self._effects.append(Apply(self._journal, tuple(self._fresh)))
            self._fresh = []
        effects, self._effects = self._effects, []
        for effect in self.outputs.take():
            effects.append(Transmit(effect.message) if isinstance(effect, Say) else effect)
        return effects

    # What arrives

    def receive(self, message: Message, now: float, wall: float) -> None:
        """A control message arrived."""
        self._heard_at = now
        if isinstance(message, Refused):
            self._effects.append(Drop(f"The agent refused: {message.reason}.", final=True))
        elif isinstance(message, Welcome):
            self._welcome(message, wall)
        elif isinstance(message, Ping):
            self._transmit(Pong(message.token))
        elif not self._welcomed:
            if not isinstance(message, Pong):
                name = type(message).__name__.lower()
                self._effects.append(Drop(f"The agent said {name} before it said welcome."))
        elif isinstance(message, Event):
            self._event(message)
        elif isinstance(message, Sample):
            self._effects.append(Show(message.sample))
        elif isinstance(message, Need):
            self._effects.append(SendBlob(message.sha256, message.offset))
        elif isinstance(message, NeedSecrets):
            self._effects.append(BringSecrets(message.attempt))
        elif isinstance(message, OutputMessage):
            self.outputs.receive(message)

    def receive_piece(self, piece: StreamPiece, now: float) -> None:
        """A piece of a stream arrived; what is here already is not written again."""
        self._heard_at = now
        if piece.stream.startswith(OUTPUT_STREAM):
            self.outputs.receive_piece(piece)
            return
        told = self._attempts.get(piece.attempt)
        stream = told.streams.get(piece.stream) if told and not told.view.whole else None
        if stream is None:
            return
        data = piece.data[max(0, stream.next - piece.offset) :]
        if piece.offset > stream.next:
            what = f"The {piece.stream} of #{piece.attempt}"
            self._effects.append(Drop(f"{what} arrived with a gap."))
        elif data or piece.last:
            self._effects.append(
                WriteStream(piece.attempt, piece.stream, stream.next, data, piece.last)
            )
            stream.next += len(data)

    # What the store wants

    def desire(self, attempts: Iterable[AttemptView], workers: Mapping[str, int]) -> None:
        """Everything the store wants of this machine now; says what was not said on this link."""
        if not self._welcomed:
            return
        if workers != self._workers:
            self._workers = dict(workers)
            self._transmit(Workers(dict(workers)))
        views = {view.name: view for view in attempts}
        for name in self._attempts.keys() - views.keys():
            del self._attempts[name]
        for view in views.values():
            told = self._attempts.get(view.name)
            if told is None:
                told = self._attempts[view.name] = _Told(view, streams=_streams_of(view))
            told.view = view
            self._say_what_is_new(told)

    def want_outputs(self, wishes: OutputWishes) -> None:
        """Everything the store wants of this machine's outputs now."""
        if self._welcomed:
            self.outputs.want(wishes)

    def lease(self, attempt: str, spec: Mapping[str, Any]) -> None:
        """The spec is ready: grant the lease, unless it is no longer wanted."""
        told = self._attempts.get(attempt)
        if told is not None and told.view.wants_lease:
            self._transmit(Lease(attempt, dict(spec)))
            if not told.pulled:
                self._pull(told)

    def secrets(self, attempt: str, values: Mapping[str, str], problem: str = "") -> None:
        """What the machine asked for, unless it is no longer this machine's attempt.

        With a `problem`, a sentence, the attempt fails instead.
        """
        told = self._attempts.get(attempt)
        if told is not None and told.view.state.is_open:
            self._transmit(Secrets(attempt, dict(values), problem))

    # What was done

    def applied(self, seq: int) -> None:
        """The events up to `seq` are committed."""
        self._transmit(Acknowledge(seq))

    def stream_written(self, attempt: str) -> None:
        """What arrived of a stream is in its file: the agent may send more."""
        told = self._attempts.get(attempt)
        if told is not None and any(
            stream.granted - stream.next < CREDIT // 2 for stream in told.streams.values()
        ):
            self._pull(told)

    def tick(self, now: float) -> None:
        """Ping when it is time; end a link on which nothing has arrived for too long."""
        if now - self._heard_at > SILENT_AFTER:
            seconds = int(now - self._heard_at)
            self._effects.append(Drop(f"Nothing was heard of the agent for {seconds} s."))
        elif now - self._pinged_at >= PING_EVERY:
            self._pinged_at = now
            self._transmit(Ping(0))

    # Inside

    def _transmit(self, message: Message) -> None:
        self._effects.append(Transmit(message))

    def _welcome(self, welcome: Welcome, wall: float) -> None:
        if welcome.protocol != PROTOCOL:
            reason = f"The agent speaks protocol {welcome.protocol}, not {PROTOCOL}."
            self._effects.append(Drop(reason, final=True))
            return
        replaced = welcome.journal != self.opening.journal
        if not replaced and welcome.last < self.opening.acknowledged:
            reason = (
                f"The agent's journal ends at {welcome.last}, though it had told us of "
                f"{self.opening.acknowledged}: the machine's disk lost what it had promised to "
                "keep. Remove the machine and add it again."
            )
            self._effects.append(Drop(reason, final=True))
            return
        self._welcomed = True
        self._journal = welcome.journal
        self._seen = 0 if replaced else self.opening.acknowledged
        self._clock.ahead = welcome.clock - (self._clock.hello_at + wall) / 2
        self._effects.append(Ready(welcome, replaced and bool(self.opening.journal)))

    def _event(self, event: Event) -> None:
        if event.seq <= self._seen:
            return
        self._seen = event.seq
        if event.kind == ENDED:
            self.outputs.ended(event.attempt)
        self._fresh.append(event._replace(at=event.at - self._clock.ahead))

    def _say_what_is_new(self, told: _Told) -> None:
        view = told.view
        if not view.state.is_open:
            self._close_down(told)
            return
        if view.wish is Wish.RUN:
            if view.wants_lease and not told.lease_asked:
                told.lease_asked = True
                self._effects.append(BuildLease(view.name))
        elif view.wish is Wish.RECALL:
            if not told.recalled:
                told.recalled = True
                self._transmit(Recall(view.name))
        elif told.abort is not view.wish:
            told.abort = view.wish
            self._transmit(Abort(view.name, 0.0 if view.wish is Wish.KILL else GRACE))
        if view.state is not AttemptState.LEASED and not told.pulled:
            self._pull(told)

    def _close_down(self, told: _Told) -> None:
        """The attempt is over: get what is left of its streams, then let the machine forget it."""
        if told.view.whole or told.view.state is AttemptState.RECALLED:
            if not told.released:
                told.released = True
                self._transmit(Release(told.view.name))
        elif not told.pulled:
            self._pull(told)

    def _pull(self, told: _Told) -> None:
        told.pulled = True
        for stream in told.streams.values():
            stream.granted = stream.next + CREDIT
        offsets = {name: stream.next for name, stream in told.streams.items()}
        self._transmit(Pull(told.view.name, offsets, CREDIT))


def _streams_of(view: AttemptView) -> dict[str, _Stream]:
    return {
        LOG_STREAM: _Stream(view.log_bytes),
        SCALARS_STREAM: _Stream(view.scalars_bytes),
    }
