"""The laptop in the simulation: the real session on a pretended store."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from clearq_tui.fleet.session import (
    Apply,
    AttemptView,
    BringSecrets,
    BuildLease,
    Drop,
    Effect,
    Opening,
    Ready,
    Session,
    Transmit,
    WriteStream,
)
from clearq_tui.model import AttemptState, Wish, attempt_name
from remote_agent.messages import Event, Message
from remote_agent.wire import StreamPiece
from tests.simulation.machine import STORE, Crash

_STATES = {"preparing": AttemptState.PREPARING, "started": AttemptState.RUNNING}


@dataclass
class StoredAttempt:
    state: AttemptState = AttemptState.LEASED
    wish: Wish = Wish.RUN
    streams: dict[str, bytes] = field(default_factory=lambda: {"log": b"", "scalars": b""})
    whole: bool = False
    released: bool = False
    secrets: dict[str, str] = field(default_factory=dict)
    """What the attempt must be given, and no disk of the machine may see."""


@dataclass
class PretendedStore:
    """What survives any crash of the laptop: the attempts and what is known of the agent."""

    attempts: dict[str, StoredAttempt] = field(default_factory=dict)
    epoch: int = 0
    journal: str = ""
    acknowledged: int = 0
    tasks: int = 0

    def apply(self, journal: str, events: tuple[Event, ...]) -> None:
        """One transaction: the events and the number of the last."""
        assert journal == self.journal
        for event in events:
            attempt = self.attempts[event.attempt]
            if event.kind == "released":
                attempt.released = True
            elif event.kind == "recalled":
                attempt.state = AttemptState.RECALLED
            elif event.kind == "ended":
                assert attempt.state.is_open, "an outcome was told twice"
                attempt.state = AttemptState(event.data["outcome"])
            elif event.kind in _STATES:
                attempt.state = _STATES[event.kind]
            self.acknowledged = event.seq

    def views(self) -> list[AttemptView]:
        return [
            AttemptView(
                name,
                attempt.state,
                attempt.wish,
                len(attempt.streams["log"]),
                len(attempt.streams["scalars"]),
                attempt.whole,
            )
            for name, attempt in self.attempts.items()
            if not attempt.released
        ]


@dataclass
class SimulatedLaptop:
    """Store and controller; `transmit` puts a message on the present link."""

    dice: random.Random
    transmit: Callable[[Message], None]
    crash_chance: float = 0.0
    acknowledge_before_commit: bool = False
    store: PretendedStore = field(default_factory=PretendedStore)
    session: Session | None = None
    is_locked: bool = False
    """Secrets cannot be read just now."""
    asked: list[str] = field(default_factory=list)
    """The attempts whose secrets this link's machine waits for."""

    # What the operator does: one transaction each

    def enqueue(self) -> None:
        self.store.tasks += 1
        self._new_attempt(attempt_name(self.store.tasks, 1))
        self.desire()

    def wish(self, wish: Wish) -> None:
        """Abort or recall some open attempt."""
        open_attempts = [a for a in self.store.attempts.values() if a.state.is_open]
        if open_attempts:
            chosen = self.dice.choice(open_attempts)
            if chosen.wish is Wish.RUN:
                chosen.wish = wish
        self.desire()

    def lease_again(self) -> None:
        """A recalled task goes back to its queue and is leased under the next number."""
        for name, attempt in list(self.store.attempts.items()):
            task, number = map(int, name.split("."))
            following = attempt_name(task, number + 1)
            if attempt.state is AttemptState.RECALLED and following not in self.store.attempts:
                self._new_attempt(following)
        self.desire()

    def lock_secrets(self) -> None:
        """From now on they cannot be read."""
        self.is_locked = True

    def unlock_secrets(self) -> None:
        """They can be read again: bring what was asked for meanwhile."""
        self.is_locked = False
        asked, self.asked = self.asked, []
        for attempt in asked:
            self._bring(attempt)

    def _new_attempt(self, name: str) -> None:
        count = self.dice.choice((0, 0, 1, 2))
        secrets = {f"s{n}": f"SECRET-{n}-of-{name}" for n in range(count)}
        self.store.attempts[name] = StoredAttempt(secrets=secrets)

    # The controller

    def connect(self, now: float) -> None:
        self.store.epoch += 1
        store = self.store
        opening = Opening(STORE, store.epoch, store.journal, store.acknowledged, "build")
        self.session = Session(opening)
        self.session.open(now, now)
        self.carry_out()

    def disconnect(self) -> None:
        self.session = None
        self.asked = []

    def hear(self, message: Message | StreamPiece, now: float) -> None:
        if self.session is None:
            return
        if isinstance(message, StreamPiece):
            self.session.receive_piece(message, now)
        else:
            self.session.receive(message, now, now)

    def desire(self) -> None:
        if self.session is not None:
            self.session.desire(self.store.views(), {"worker": 2})

    def carry_out(self) -> None:
        """Carry out the session's effects; may raise `Crash` between any two steps."""
        while self.session is not None and (effects := self.session.take()):
            for effect in effects:
                if self.session is not None:
                    self._act(self.session, effect)

    def _act(self, session: Session, effect: Effect) -> None:
        self._crash_point()
        if isinstance(effect, Transmit):
            self.transmit(effect.message)
        elif isinstance(effect, Ready):
            self.store.journal = effect.welcome.journal
            self.desire()
        elif isinstance(effect, BuildLease):
            session.lease(effect.attempt, self._spec(effect.attempt))
        elif isinstance(effect, BringSecrets):
            self.asked.append(effect.attempt)
            if not self.is_locked:
                self.unlock_secrets()
        elif isinstance(effect, Apply):
            self._apply(session, effect)
        elif isinstance(effect, WriteStream):
            attempt = self.store.attempts[effect.attempt]
            attempt.streams[effect.stream] = (
                attempt.streams[effect.stream][: effect.offset] + effect.data
            )
            attempt.whole = attempt.whole or (effect.last and effect.stream == "log")
            session.stream_written(effect.attempt)
            self.desire()
        elif isinstance(effect, Drop):
            # Nothing in these worlds is silent for long or speaks another protocol.
            assert "epoch" in effect.reason, effect.reason
            self.session = None

    def _spec(self, attempt: str) -> dict[str, object]:
        uses = [
            {"name": name, "kind": "variable", "target": name.upper()}
            for name in self.store.attempts[attempt].secrets
        ]
        spec = {"command": ["true"], "worker": "worker", "mode": "host"}
        return {**spec, "secrets": uses} if uses else dict(spec)

    def _bring(self, attempt: str) -> None:
        if self.session is not None and attempt in self.store.attempts:
            self.session.secrets(attempt, self.store.attempts[attempt].secrets)

    def _apply(self, session: Session, effect: Apply) -> None:
        if self.acknowledge_before_commit:
            session.applied(effect.events[-1].seq)
            for sent in session.take():
                if isinstance(sent, Transmit):
                    self.transmit(sent.message)
            self._crash_point()
        self.store.apply(effect.journal, effect.events)
        self._crash_point()
        if not self.acknowledge_before_commit:
            session.applied(effect.events[-1].seq)
        self.desire()

    def _crash_point(self) -> None:
        if self.dice.random() < self.crash_chance:
            raise Crash(power=False)
