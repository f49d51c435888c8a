"""One random schedule of cuts, crashes, delays and repetitions, from a seed; then the reckoning."""

from __future__ import annotations

import random
from collections import Counter, deque
from dataclasses import dataclass, field

from clearq_tui.model import AttemptState, Wish
from remote_agent.messages import Message, decode_message, encode_message
from remote_agent.wire import (
    CONTROL,
    FrameReader,
    StreamPiece,
    decode_stream_piece,
    encode_stream_piece,
)
from tests.simulation.laptop import SimulatedLaptop
from tests.simulation.machine import Crash, SimulatedMachine


class BrokenPromise(AssertionError):
    """What the reckoning found."""


@dataclass
class Wire:
    """One link: two ordered streams. A cut one may still deliver what was on its way, later."""

    down: deque[bytes] = field(default_factory=deque)
    up: deque[bytes] = field(default_factory=deque)
    down_reader: FrameReader = field(default_factory=FrameReader)
    up_reader: FrameReader = field(default_factory=FrameReader)
    machine_open: bool = True


class World:
    """Laptop, machine and the links between them, driven step by step."""

    def __init__(self, seed: int, *, chance: float = 0.01) -> None:
        self.seed = seed
        self.dice = random.Random(seed)
        self.now = 1000.0
        self.flush_chance = self.dice.choice((0.9, 0.5, 0.2))
        self.wires: list[Wire] = []
        self.machine = SimulatedMachine(self.dice, self._machine_sends, self._machine_closes)
        self.laptop = SimulatedLaptop(self.dice, self._laptop_sends)
        self.machine.crash_chance = self.laptop.crash_chance = chance

    def run(self, steps: int) -> None:
        """Let `steps` random things happen, then heal everything and check what must hold."""
        for _ in range(steps):
            self.now += self.dice.random()
            self._guarded(self._random_step)
        self._heal()
        self._reckon()

    # Steps

    def _random_step(self) -> None:
        kind = self.dice.choices(
            (
                self._deliver_down,
                self._deliver_up,
                self._advance_runner,
                self.machine.pump_streams,
                self._operator_acts,
                self._laptop_connects,
                self._laptop_disconnects,
                self._machine_notices,
                self._daemon_starts,
                self._daemon_restarts,
                self._power_fails,
            ),
            weights=(30, 30, 12, 8, 8, 12, 2, 2, 12, 1, 1),
        )[0]
        kind()
        self._settle()

    def _settle(self) -> None:
        """Each side carries out what it decided; several inputs may share a turn."""
        if self.dice.random() < self.flush_chance:
            self.machine.flush()
        self.laptop.carry_out()

    def _deliver_down(self) -> None:
        candidates = [number for number, wire in enumerate(self.wires) if wire.down]
        if candidates:
            number = self.dice.choice(candidates)
            wire = self.wires[number]
            data = wire.down.popleft()
            if wire.machine_open:
                for frame in wire.down_reader.feed(data):
                    self.machine.hear(number, decode_message(frame.payload), self.now)

    def _deliver_up(self) -> None:
        if self.wires and self.wires[-1].up and self.laptop.session is not None:
            wire = self.wires[-1]
            for frame in wire.up_reader.feed(wire.up.popleft()):
                if frame.kind == CONTROL:
                    self.laptop.hear(decode_message(frame.payload), self.now)
                else:
                    self.laptop.hear(decode_stream_piece(frame.payload), self.now)

    def _advance_runner(self) -> None:
        if self.machine.disk.attempts:
            self.machine.advance(self.dice.choice(sorted(self.machine.disk.attempts)), self.now)

    def _operator_acts(self) -> None:
        act = self.dice.choices(
            (
                self.laptop.enqueue,
                lambda: self.laptop.wish(Wish.ABORT),
                lambda: self.laptop.wish(Wish.RECALL),
                self.laptop.lease_again,
                self.laptop.lock_secrets,
                self.laptop.unlock_secrets,
            ),
            weights=(4, 1, 2, 3, 1, 2),
        )[0]
        act()

    def _laptop_connects(self) -> None:
        if self.laptop.session is None:
            self.wires.append(Wire())
            self.laptop.connect(self.now)

    def _laptop_disconnects(self) -> None:
        self.laptop.disconnect()

    def _machine_notices(self) -> None:
        """The machine learns that some old link is dead; it may take it hours."""
        old = [number for number, wire in enumerate(self.wires) if wire.machine_open]
        if old and (old[0] < len(self.wires) - 1 or self.laptop.session is None):
            self._machine_closes(old[0])
            self.machine.link_closed(old[0])

    def _daemon_starts(self) -> None:
        if self.machine.core is None:
            self._drop_machine_ends()
            self.machine.start_daemon(self.now)

    def _daemon_restarts(self) -> None:
        self.machine.kill_daemon()
        self._drop_machine_ends()
        self.machine.start_daemon(self.now)

    def _power_fails(self) -> None:
        self.machine.cut_power()
        self._drop_machine_ends()
        self.machine.start_daemon(self.now)

    # Faults

    def _guarded(self, step: object) -> None:
        """Run the step; a crash on the way takes down the side on which it happened."""
        assert callable(step)
        try:
            step()
        except Crash as crash:
            if crash.__traceback__ is not None and _came_from_machine(crash):
                if crash.power:
                    self.machine.cut_power()
                else:
                    self.machine.kill_daemon()
                self._drop_machine_ends()
            else:
                self.laptop.disconnect()

    def _drop_machine_ends(self) -> None:
        for wire in self.wires:
            wire.machine_open = False
            wire.down.clear()

    # The network

    def _laptop_sends(self, message: Message) -> None:
        self.wires[-1].down.append(encode_message(message))

    def _machine_sends(self, link: int, message: Message | StreamPiece) -> None:
        wire = self.wires[link]
        if wire.machine_open:
            encoded = (
                encode_stream_piece(message)
                if isinstance(message, StreamPiece)
                else encode_message(message)
            )
            wire.up.append(encoded)

    def _machine_closes(self, link: int) -> None:
        self.wires[link].machine_open = False

    # The end

    def _heal(self) -> None:
        """No more faults: a fresh link, and time for everything to come to its end."""
        self.machine.crash_chance = self.laptop.crash_chance = 0.0
        self._daemon_starts()
        self.machine.flush()
        self.laptop.disconnect()
        self.laptop.unlock_secrets()
        # What old links still carry is delivered first: the latest moment at which it can do harm.
        self._laptop_connects()
        for _ in range(2000):
            self.now += 0.1
            if not self._one_healing_round():
                return
        raise BrokenPromise(f"seed {self.seed}: it never came to rest")

    def _one_healing_round(self) -> bool:
        busy = any(wire.down for wire in self.wires) or bool(self.wires[-1].up)
        for _ in range(sum(len(wire.down) for wire in self.wires)):
            self._deliver_down()
        for _ in range(len(self.wires[-1].up)):
            self._deliver_up()
        for name in sorted(self.machine.disk.attempts):
            runner = self.machine.disk.attempts[name]
            busy = busy or (runner.processes > 0 and runner.result is None)
            self.machine.advance(name, self.now)
        self.machine.pump_streams()
        self.machine.flush()
        self.laptop.carry_out()
        return busy or bool(self.wires[-1].up) or bool(self.wires[-1].down)

    def _reckon(self) -> None:
        starts = Counter(self.machine.ledger)
        for name, count in starts.items():
            self._require(count == 1, f"#{name} was started {count} times")
            wanted = self.laptop.store.attempts[name].secrets
            self._require(self.machine.given[name] == wanted, f"#{name} lacked its secrets")
        for name, attempt in self.laptop.store.attempts.items():
            self._require(not attempt.state.is_open, f"#{name} never ended: {attempt.state}")
            self._require(attempt.released, f"#{name} was never released")
            if attempt.state is AttemptState.RECALLED:
                self._require(name not in starts, f"#{name} was recalled, yet it started")
            if attempt.state is AttemptState.COMPLETED:
                self._require(name in starts, f"#{name} completed, yet it never started")
                for stream, arrived in attempt.streams.items():
                    written = self.machine.written[name, stream]
                    self._require(arrived == written, f"the {stream} of #{name} is not whole")
        self._require(not self.machine.disk.attempts, "a directory was left behind")

    def _require(self, holds: bool, otherwise: str) -> None:
        if not holds:
            raise BrokenPromise(f"seed {self.seed}: {otherwise}")


def _came_from_machine(crash: Crash) -> bool:
    trace = crash.__traceback__
    while trace is not None:
        if isinstance(trace.tb_frame.f_locals.get("self"), SimulatedMachine):
            return True
        trace = trace.tb_next
    return False
