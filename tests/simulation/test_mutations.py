"""The simulation is worth what it can catch: with a promise's ground removed, it must find out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from remote_agent.core import AgentCore
from remote_agent.messages import Hello, Message, NeedSecrets, Secrets
from remote_agent.records import STEP, Effect, Outgoing, Send, Turn
from remote_agent.stream_pump import ReadStream, StreamPump
from remote_agent.turn import RecordKeeper
from remote_agent.wire import StreamPiece
from tests.simulation.test_promises import STEPS
from tests.simulation.world import World

ENOUGH = 20_000
"""Schedules within which each mutation must have been caught; the slowest needs about 600."""


CHANCE = 0.04
"""Of a crash between any two steps: higher than usual, so that each mutation is met soon."""


class UnfencedCore(AgentCore):
    """Hears whoever speaks, on whichever link, with whatever epoch."""

    def receive(self, link: int, message: Message, now: float) -> None:
        super().receive(self._link if self._link is not None else link, message, now)

    def attach(self, link: int, hello: Hello, now: float) -> None:
        epoch, self._epoch = self._epoch, 0
        super().attach(link, hello, now)
        self._epoch = max(epoch, hello.epoch)


class HastyPump(StreamPump):
    """Lets the log end without waiting for the scalars."""

    def _look(
        self,
        attempt: str,
        streams: dict[str, Any],
        stream: str,
        now: float,
        read: ReadStream,
        over: bool,
    ) -> list[StreamPiece]:
        alone = {stream: streams[stream]}
        pieces = super()._look(attempt, alone, stream, now, read, over)
        if not alone:
            del streams[stream]
        return pieces


class ImpatientCore(AgentCore):
    """Starts attempts whether their secrets are there or not."""

    def _start_ready(self, now: float) -> None:
        for held in self._unfinished.values():
            if held.lacks_secrets:
                held.secrets = {}
        super()._start_ready(now)


class TalkativeCore(AgentCore):
    """Writes down what it should not."""

    def _take_secrets(self, brought: Secrets, now: float) -> None:
        held = self._attempts.get(brought.attempt)
        if held is not None and held.waits_for_secrets:
            self._append(STEP, brought.attempt, now, dict(brought.values))
        super()._take_secrets(brought, now)


class ForgetfulCore(AgentCore):
    """Asks for secrets when it accepts an attempt, and never again."""

    def attach(self, link: int, hello: Hello, now: float) -> None:
        super().attach(link, hello, now)
        self._outgoing = [
            outgoing
            for outgoing in self._outgoing
            if not (isinstance(outgoing, Send) and isinstance(outgoing.message, NeedSecrets))
        ]


def act_before_journal(
    turn: Turn,
    journal: RecordKeeper,
    act: Callable[[Effect], None],
    tell: Callable[[Outgoing], None],
) -> None:
    for effect in turn.effects:
        act(effect)
    journal.append(turn.records)
    journal.sync()
    for outgoing in turn.outgoing:
        tell(outgoing)


def tell_before_sync(
    turn: Turn,
    journal: RecordKeeper,
    act: Callable[[Effect], None],
    tell: Callable[[Outgoing], None],
) -> None:
    journal.append(turn.records)
    for outgoing in turn.outgoing:
        tell(outgoing)
    journal.sync()
    for effect in turn.effects:
        act(effect)


def without_fencing(world: World) -> None:
    world.machine.make_core = UnfencedCore
    keep_open = world.machine.close
    world.machine.close = lambda link: None if link < len(world.wires) else keep_open(link)


def without_waiting_for_scalars(world: World) -> None:
    world.machine.pump = HastyPump(piece=16)


def without_patience(world: World) -> None:
    world.machine.make_core = ImpatientCore


def with_secrets_written_down(world: World) -> None:
    world.machine.make_core = TalkativeCore


def without_asking_again(world: World) -> None:
    world.machine.make_core = ForgetfulCore


def with_acts_first(world: World) -> None:
    world.machine.carry = act_before_journal


def with_telling_first(world: World) -> None:
    world.machine.carry = tell_before_sync


def with_acknowledging_first(world: World) -> None:
    world.laptop.acknowledge_before_commit = True


@pytest.mark.parametrize(
    "mutate",
    [
        without_fencing,
        without_waiting_for_scalars,
        without_patience,
        without_asking_again,
        with_secrets_written_down,
        with_acts_first,
        with_telling_first,
        with_acknowledging_first,
    ],
)
def test_a_removed_safeguard_is_caught(mutate: Callable[[World], None]) -> None:
    for seed in range(ENOUGH):
        world = World(seed, chance=CHANCE)
        mutate(world)
        try:
            world.run(STEPS)
        except (AssertionError, KeyError):
            return
    pytest.fail(f"{mutate.__name__}: {ENOUGH} schedules found nothing wrong")
