"""A machine in the simulation: the real agent core on a pretended disk with pretended processes."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from remote_agent.core import AgentCore, BlobShelf, Identity
from remote_agent.messages import Hello, Message, Pull
from remote_agent.records import (
    Close,
    Create,
    Effect,
    End,
    Outgoing,
    Record,
    Remove,
    RunnerState,
    Send,
    Spawn,
)
from remote_agent.stream_pump import StreamPump
from remote_agent.turn import RecordKeeper, carry_out
from remote_agent.wire import StreamPiece

STORE = "store"


class Crash(Exception):
    """The daemon dies here; `power` when the whole machine does."""

    def __init__(self, *, power: bool) -> None:
        super().__init__()
        self.power = power


@dataclass
class Runner:
    """An attempt's directory, and the processes that work in it."""

    processes: int = 0
    started: bool = False
    aborted: bool = False
    result: dict[str, Any] | None = None
    log: bytes = b""
    scalars: bytes = b""
    given: dict[str, str] = field(default_factory=dict)
    """The secrets in the memory of its newest process."""

    def state(self) -> RunnerState:
        if self.result is not None:
            return RunnerState("ended", self.result)
        if self.started:
            phase = "running" if self.processes else "vanished"
            return RunnerState(phase, {})
        return RunnerState("preparing" if self.processes else "created", {})


@dataclass
class Disk(RecordKeeper):
    """What survives. Records that were not synced survive a killed daemon but not a power cut."""

    crash_point: Callable[[], None]
    synced: list[Record] = field(default_factory=list)
    unsynced: list[Record] = field(default_factory=list)
    attempts: dict[str, Runner] = field(default_factory=dict)

    def append(self, records: Sequence[Record]) -> None:
        self.crash_point()
        assert "SECRET" not in repr(records), f"the journal got to know a secret: {records}"
        self.unsynced += records

    def sync(self) -> None:
        self.crash_point()
        self.synced += self.unsynced
        self.unsynced = []
        self.crash_point()


class EmptyShelf(BlobShelf):
    """No task of the simulation needs a blob."""

    def has(self, sha256: str) -> bool:
        raise AssertionError(sha256)

    def received(self, sha256: str) -> int:
        raise AssertionError(sha256)


@dataclass
class SimulatedMachine:
    """Daemon, runners and disk of one machine. Whatever it sends goes to `send`."""

    dice: random.Random
    send: Callable[[int, Message | StreamPiece], None]
    close: Callable[[int], None]
    crash_chance: float = 0.0
    make_core: type[AgentCore] = AgentCore
    carry: Callable[..., None] = carry_out
    core: AgentCore | None = None
    boots: int = 1
    ledger: list[str] = field(default_factory=list)
    """Every start of a command, ever: the one oracle that sees a double start."""
    written: dict[tuple[str, str], bytes] = field(default_factory=dict)
    """What each stream of an attempt held in the end: attempt and stream."""
    pump: StreamPump = field(default_factory=lambda: StreamPump(piece=16))
    given: dict[str, dict[str, str]] = field(default_factory=dict)
    """The secrets that each command was started with."""

    def __post_init__(self) -> None:
        self.disk = Disk(self._crash_point)

    @property
    def boot(self) -> str:
        return f"boot-{self.boots}"

    # Faults

    def kill_daemon(self) -> None:
        """Kill -9: what was written stays, and so do the runners."""
        self.core = None
        self.pump.clear()

    def cut_power(self) -> None:
        """Lose every process and some of what was not synced."""
        kept = self.dice.randint(0, len(self.disk.unsynced))
        self.disk.synced += self.disk.unsynced[:kept]
        self.disk.unsynced = []
        self.kill_daemon()
        self.boots += 1
        for name, runner in list(self.disk.attempts.items()):
            runner.processes = 0
            if runner.result is None and self.dice.random() < 0.5:
                # Nothing of an attempt is synced but its result: the mark may be gone, or all.
                runner.started = False
                if self.dice.random() < 0.5:
                    del self.disk.attempts[name]

    def start_daemon(self, now: float) -> None:
        self.disk.synced += self.disk.unsynced
        self.disk.unsynced = []
        records = list(self.disk.synced)
        next_seq = records[-1].seq + 1 if records else 1
        identity = Identity(STORE, "build", "machine", self.boot, "journal")
        self.core = self.make_core(identity, records, next_seq, EmptyShelf())
        self.core.recover({name: run.state() for name, run in self.disk.attempts.items()}, now)
        self.flush()

    # Inputs

    def hear(self, link: int, message: Message, now: float) -> None:
        if self.core is None:
            return
        if isinstance(message, Hello):
            self.core.attach(link, message, now)
            if self.core.link == link:
                self.pump.clear()
        elif isinstance(message, Pull):
            if link == self.core.link:
                self.pump.grant(message.attempt, message.offsets, message.credit, now)
        else:
            self.core.receive(link, message, now)

    def link_closed(self, link: int) -> None:
        if self.core is not None:
            self.core.detach(link)

    def advance(self, name: str, now: float) -> None:
        """Let the attempt's runner take its next step."""
        runner = self.disk.attempts[name]
        if runner.processes == 0 or runner.result is not None:
            return
        # Two runners on one attempt: the lock lets one on, the `started` mark stops the other.
        runner.processes = 1
        if runner.aborted and not runner.started:
            runner.result = _result("aborted")
        elif not runner.started:
            runner.started = True
            self.ledger.append(name)
            self.given[name] = runner.given
        elif self.dice.random() < 0.5:
            runner.log += lines_of(name, len(runner.log))
            for _ in range(self.dice.choice((0, 0, 5))):
                runner.scalars += lines_of(name, len(runner.scalars))
        else:
            runner.result = _result("aborted" if runner.aborted else "completed")
            runner.processes = 0
            self.written[name, "log"] = runner.log
            self.written[name, "scalars"] = runner.scalars
        if self.core is not None:
            self.core.runner_changed(name, runner.state(), now)
            if runner.started:
                assert not self.core.secrets_of(name), f"#{name} runs; its secrets are still held"

    def pump_streams(self) -> None:
        """Send some of what the laptop gave credit for, as if it had not for long."""
        if self.core is None or self.core.link is None:
            return
        for piece in self.pump.pieces(math.inf, self._read, self.core.is_over):
            self.send(self.core.link, piece)

    def _read(self, attempt: str, stream: str, offset: int, length: int) -> bytes:
        runner = self.disk.attempts.get(attempt)
        written = getattr(runner, stream) if runner else b""
        return bytes(written[offset : offset + length])

    def flush(self) -> None:
        """One turn; may raise `Crash` at any point of it."""
        if self.core is not None:
            self.carry(self.core.flush(), self.disk, self._act, self._tell)

    # The shell

    def _act(self, effect: Effect) -> None:
        self._crash_point()
        attempts = self.disk.attempts
        if isinstance(effect, Create):
            assert effect.attempt not in attempts, f"{effect.attempt} was created twice"
            assert "SECRET" not in repr(effect), f"a spec on disk holds a secret: {effect}"
            attempts[effect.attempt] = Runner()
        elif isinstance(effect, Spawn):
            assert self.core is not None
            attempts[effect.attempt].processes += 1
            attempts[effect.attempt].given = self.core.secrets_of(effect.attempt)
        elif isinstance(effect, End):
            attempts[effect.attempt].aborted = True
        elif isinstance(effect, Remove):
            attempts.pop(effect.attempt, None)
        self._crash_point()

    def _tell(self, outgoing: Outgoing) -> None:
        self._crash_point()
        if isinstance(outgoing, Send):
            self.send(outgoing.link, outgoing.message)
        elif isinstance(outgoing, Close):
            self.close(outgoing.link)

    def _crash_point(self) -> None:
        if self.dice.random() < self.crash_chance:
            raise Crash(power=self.dice.random() < 0.5)


def lines_of(name: str, at: int) -> bytes:
    """A line that tells whose it is and where it belongs."""
    return b"line %d of %s\n" % (at, name.encode())


def _result(outcome: str) -> dict[str, Any]:
    return {"outcome": outcome, "exit_code": 0, "signal": None, "reason": ""}
