"""What the agent decides: messages, runner reports and a clock in; records, effects, messages out.

No I/O. The shell (`daemon`, or the simulation) feeds inputs, then calls `flush` once and hands the
turn to `turn.carry_out`, which appends the records to the journal and syncs, then carries the
effects out, then sends the messages. On that order stand the promises that an attempt's command is
started at most once and that no outcome is lost: whatever is started or told was journaled before,
so a crash at any point leaves a journal from which `recover` goes on.
"""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Sequence, Set

from remote_agent.held_attempt import HeldAttempt
from remote_agent.messages import (
    Abort,
    Acknowledge,
    Event,
    Hello,
    Lease,
    Message,
    Need,
    NeedSecrets,
    Recall,
    Refused,
    Release,
    Secrets,
    Uninstall,
    Upgrade,
    Welcome,
    Workers,
)
from remote_agent.records import (
    ACCEPTED,
    ENDED,
    EPOCH,
    EVENTS,
    PREPARING,
    RECALLED,
    RELEASED,
    SPAWNED,
    STARTED,
    STEP,
    BecomeBuild,
    Close,
    Create,
    Effect,
    End,
    NeededBlob,
    Outgoing,
    Record,
    Remove,
    RemoveEverything,
    RunnerState,
    Send,
    Spawn,
    Turn,
)
from remote_agent.spec import why_invalid
from remote_agent.wire import PROTOCOL

SPAWNS_AT_MOST = 3
BLOB_TRIES = 3


class BlobShelf:
    """What the core asks of the shelf of blobs: an interface; `blobs` has the one on disk."""

    def has(self, sha256: str) -> bool:
        """Whether the blob is complete."""
        raise NotImplementedError

    def received(self, sha256: str) -> int:
        """How many bytes of it are here."""
        raise NotImplementedError


class Identity:
    """Who this agent is, as `Welcome` says it."""

    def __init__(self, store: str, build: str, machine: str, boot: str, journal: str) -> None:
        self.store = store
        self.build = build
        self.machine = machine
        self.boot = boot
        self.journal = journal


class AgentCore:
    """The agent's state machine. One instance lives as long as the daemon's process image."""

    def __init__(
        self, identity: Identity, records: Sequence[Record], next_seq: int, shelf: BlobShelf
    ) -> None:
        self._identity = identity
        self._shelf = shelf
        self._next_seq = next_seq
        self._records: List[Record] = list(records)
        self._acknowledged = 0
        self._epoch = 0
        self._link: Optional[int] = None
        self._slots: Dict[str, int] = {}
        self._attempts: Dict[str, HeldAttempt] = {}
        self._unfinished: Dict[str, HeldAttempt] = {}
        self._asked: Set[str] = set()
        """Blobs, and attempts' names for their secrets, that this link was asked for."""
        self._blob_failures: Dict[str, int] = {}
        self._new_records: List[Record] = []
        self._effects: List[Effect] = []
        self._outgoing: List[Outgoing] = []
        self.facts: Dict[str, Any] = {}
        """What `Welcome` says of the machine; the shell keeps it fresh."""
        self.commits: Dict[str, List[str]] = {}
        """What the code cache holds; the shell keeps it fresh."""
        for record in records:
            self._replay(record)

    # Questions

    @property
    def link(self) -> Optional[int]:
        """The one link that is attached, if any; what other links say is not heard."""
        return self._link

    def held(self) -> List[str]:
        """The names of all attempts that the laptop has not released."""
        return list(self._attempts)

    def is_over(self, attempt: str) -> bool:
        """Whether the attempt's outcome is known (or it is not held at all)."""
        held = self._attempts.get(attempt)
        return held is None or held.is_over

    def open_attempts(self) -> List[str]:
        """The attempts that have a runner, or had one when last looked at, and no outcome."""
        return [held.name for held in self._unfinished.values() if held.spawns]

    def needed_blobs(self) -> Dict[str, NeededBlob]:
        """Every blob that an attempt still needs."""
        needed: Dict[str, NeededBlob] = {}
        for held in self._unfinished.values():
            for blob in held.spec.get("blobs", ()):
                sha256 = str(blob["sha256"])
                keep = bool(blob.get("keep")) or (sha256 in needed and needed[sha256].keep)
                needed[sha256] = NeededBlob(int(blob["size"]), keep)
        return needed

    def secrets_of(self, attempt: str) -> Dict[str, str]:
        """What the attempt's runner is to be given; never to be written anywhere."""
        held = self._attempts.get(attempt)
        return dict(held.secrets or {}) if held is not None else {}

    def live_records(self) -> List[Record]:
        """What a compacted journal must still hold."""
        last_epoch = [record for record in self._records if record.kind == EPOCH][-1:]
        return last_epoch + [
            record
            for record in self._records
            if record.kind != EPOCH
            and (record.seq > self._acknowledged or record.attempt in self._attempts)
        ]

    def compact(self) -> List[Record]:
        """Forget what is no longer needed, and return what the new journal must hold."""
        self._records = self.live_records()
        return list(self._records)

    @property
    def record_count(self) -> int:
        """How many records the journal holds, as far as the core knows."""
        return len(self._records)

    # Inputs

    def recover(self, runners: Dict[str, RunnerState], now: float) -> None:
        """Go on after a start: `runners` says what stands in every attempt's directory."""
        for name in runners:
            if name not in self._attempts:
                self._effects.append(Remove(name))
        spawned = [
            held for held in self._unfinished.values() if held.name in runners or self._is_old(held)
        ]
        # Know of every runner before anything is decided: an outcome below frees a slot.
        for held in spawned:
            held.spawns = 1
        for held in spawned:
            if held.name in runners:
                self.runner_changed(held.name, runners[held.name], now)
            if self._is_old(held):
                # The power took what was not synced, perhaps the mark of its start too.
                self._tell_once(held, ENDED, now, _lost("the machine was restarted"))
        self._start_ready(now)

    def attach(self, link: int, hello: Hello, now: float) -> None:
        """A laptop says hello: refuse it, or make it the one link that is heard."""
        refusal = self._why_refuse(hello)
        if refusal:
            self._outgoing += [Send(link, Refused(refusal)), Close(link)]
            return
        if self._link is not None:
            self._outgoing.append(Close(self._link))
        welcome = self._welcome(now)
        self._epoch = hello.epoch
        self._append(EPOCH, "", now, {"epoch": hello.epoch})
        self._link = link
        self._asked.clear()
        known = hello.acknowledged if hello.journal == self._identity.journal else 0
        self._acknowledged = known
        self._say(welcome)
        # Records of this very turn are not synced yet; `flush` sends them after these.
        for record in self._records[: len(self._records) - len(self._new_records)]:
            if record.kind in EVENTS and record.seq > known:
                self._say(_event(record))
        self._ask_for_blobs()
        self._ask_for_secrets()

    def detach(self, link: int) -> None:
        """The link is gone. The attempts do not care."""
        if link == self._link:
            self._link = None

    def receive(self, link: int, message: Message, now: float) -> None:
        """Carry out what the attached laptop says; a fenced link is not heard."""
        if link != self._link:
            return
        if isinstance(message, Workers):
            self._slots = dict(message.slots)
        elif isinstance(message, Lease):
            self._accept(message, now)
        elif isinstance(message, Recall):
            self._recall(message.attempt, now)
        elif isinstance(message, Abort):
            self._abort(message.attempt, message.grace, now)
        elif isinstance(message, Acknowledge):
            self._acknowledged = max(self._acknowledged, message.seq)
        elif isinstance(message, Release):
            self._release(message.attempt, now)
        elif isinstance(message, Secrets):
            self._take_secrets(message, now)
        elif isinstance(message, Upgrade):
            self._effects.append(BecomeBuild(message.directory))
        elif isinstance(message, Uninstall):
            self._uninstall()
        self._start_ready(now)

    def runner_changed(self, attempt: str, state: RunnerState, now: float) -> None:
        """A runner reported, ended, or was found in another state than before."""
        held = self._attempts.get(attempt)
        if held is None or held.is_over:
            return
        if state.phase == "created" and not self._is_old(held):
            self._spawn_again(held, now)
        elif state.phase == "preparing":
            self._tell_once(held, PREPARING, now, {})
            self._tell_steps(held, state, now)
        elif state.phase == "running":
            self._tell_steps(held, state, now)
            self._tell_once(held, STARTED, float(state.record.get("at", now)), {})
        elif state.phase == "ended":
            self._tell_steps(held, state, now)
            if state.record.get("started") is not None:
                self._tell_once(held, STARTED, float(state.record["started"]), {})
            self._tell_once(held, ENDED, float(state.record.get("at", now)), _outcome(state.record))
        elif state.phase == "vanished":
            reason = "the machine was restarted" if self._is_old(held) else "its runner was killed"
            self._tell_once(held, ENDED, now, _lost(reason))
        self._start_ready(now)

    def blob_arrived(self, sha256: str, now: float) -> None:
        """The blob is complete on the shelf, and its hash is right."""
        self._blob_failures.pop(sha256, None)
        self._start_ready(now)

    def blob_failed(self, sha256: str, reason: str, now: float) -> None:
        """The blob could not be kept: ask again, a bounded number of times."""
        self._blob_failures[sha256] = self._blob_failures.get(sha256, 0) + 1
        if self._blob_failures[sha256] < BLOB_TRIES:
            self._say(Need(sha256, self._shelf.received(sha256)))
            return
        for held in list(self._unfinished.values()):
            if held.is_waiting and sha256 in held.blobs():
                self._tell_once(held, ENDED, now, _failure(reason))

    def spawn_failed(self, attempt: str, reason: str, now: float) -> None:
        """The directory or the runner could not be made; nothing of the attempt has started."""
        held = self._attempts.get(attempt)
        if held is not None and not held.is_over:
            self._tell_once(held, ENDED, now, _failure(reason))

    def flush(self) -> Turn:
        """Everything decided since the last call. Tell only what the sync has made safe."""
        turn = Turn(self._new_records, self._effects, self._outgoing)
        if self._link is not None:
            turn.outgoing.extend(
                Send(self._link, _event(record))
                for record in self._new_records
                if record.kind in EVENTS
            )
        self._new_records, self._effects, self._outgoing = [], [], []
        return turn

    # Decisions

    def _why_refuse(self, hello: Hello) -> str:
        if hello.protocol != PROTOCOL:
            return "the agent speaks protocol %d, not %d" % (PROTOCOL, hello.protocol)
        if hello.store != self._identity.store:
            return "this agent belongs to another store"
        if hello.epoch <= self._epoch:
            return "epoch %d is not above %d: a newer controller has attached" % (
                hello.epoch,
                self._epoch,
            )
        return ""

    def _welcome(self, now: float) -> Welcome:
        return Welcome(
            protocol=PROTOCOL,
            build=self._identity.build,
            machine=self._identity.machine,
            boot=self._identity.boot,
            journal=self._identity.journal,
            last=self._next_seq - 1,
            clock=now,
            facts=self.facts,
            commits=self.commits,
        )

    def _accept(self, lease: Lease, now: float) -> None:
        if lease.attempt in self._attempts:
            return
        problem = why_invalid(lease.spec)
        if problem:
            held = self._hold(lease.attempt, {})
            self._tell_once(held, ENDED, now, _failure(problem))
            return
        self._hold(lease.attempt, lease.spec)
        self._append(ACCEPTED, lease.attempt, now, {"spec": lease.spec})
        self._ask_for_blobs()
        self._ask_for_secrets()

    def _recall(self, attempt: str, now: float) -> None:
        held = self._attempts.get(attempt) or self._hold(attempt, {})
        if held.is_waiting:
            self._tell_once(held, RECALLED, now, {})

    def _abort(self, attempt: str, grace: float, now: float) -> None:
        held = self._attempts.get(attempt) or self._hold(attempt, {})
        if held.is_waiting or held.is_to_spawn_again:
            data = {"outcome": "aborted", "exit_code": None, "signal": None, "reason": ""}
            self._tell_once(held, ENDED, now, data)
        elif not held.is_over:
            self._effects.append(End(attempt, grace))

    def _release(self, attempt: str, now: float) -> None:
        held = self._attempts.get(attempt)
        if held is not None and not held.is_over:
            return
        self._attempts.pop(attempt, None)
        self._append(RELEASED, attempt, now, {})
        self._effects.append(Remove(attempt))

    def _uninstall(self) -> None:
        if self._unfinished:
            names = ", #".join(self._unfinished)
            reason = "the agent was not removed: it still has #%s to run" % names
            self._say(Refused(reason))
        else:
            self._effects.append(RemoveEverything())

    def _start_ready(self, now: float) -> None:
        """Start what waits, in lease order, where a slot is free and the blobs are here."""
        busy: Dict[str, int] = {}
        for held in self._unfinished.values():
            if held.spawns:
                busy[held.worker] = busy.get(held.worker, 0) + 1
        for held in self._unfinished.values():
            if held.spawns or busy.get(held.worker, 0) >= self._slots.get(held.worker, 1):
                continue
            if not held.lacks_secrets and all(self._shelf.has(blob) for blob in held.blobs()):
                busy[held.worker] = busy.get(held.worker, 0) + 1
                held.spawns = 1
                if not held.spawned_under:
                    held.spawned_under = self._identity.boot
                    self._append(SPAWNED, held.name, now, {"boot": held.spawned_under})
                self._effects += [Create(held.name, held.spec), Spawn(held.name)]

    def _spawn_again(self, held: HeldAttempt, now: float) -> None:
        """The runner died before it started the command; it may be tried again."""
        if held.spawns >= SPAWNS_AT_MOST:
            reason = "the runner ended %d times before it could start the command" % held.spawns
            self._tell_once(held, ENDED, now, _failure(reason))
        elif held.lacks_secrets:  # they went with the daemon that had made the runner
            held.is_to_spawn_again = True
            self._ask_for_secrets()
        else:
            held.is_to_spawn_again = False
            held.spawns += 1
            self._effects.append(Spawn(held.name))

    def _take_secrets(self, brought: Secrets, now: float) -> None:
        held = self._attempts.get(brought.attempt)
        if held is None or not held.waits_for_secrets:
            return
        missing = [name for name in held.secret_names() if name not in brought.values]
        problem = brought.problem
        if missing and not problem:
            problem = "The laptop did not bring the secret %s." % ", ".join(missing)
        if problem:
            self._tell_once(held, ENDED, now, _failure(problem))
            return
        held.secrets = {name: brought.values[name] for name in held.secret_names()}
        if held.is_to_spawn_again:
            self._spawn_again(held, now)

    def _is_old(self, held: HeldAttempt) -> bool:
        """Its runner was made before the machine was restarted."""
        return held.spawned_under not in ("", self._identity.boot)

    def _ask_for_blobs(self) -> None:
        for sha256 in self.needed_blobs():
            if sha256 not in self._asked and not self._shelf.has(sha256):
                self._asked.add(sha256)
                self._say(Need(sha256, self._shelf.received(sha256)))

    def _ask_for_secrets(self) -> None:
        for held in self._unfinished.values():
            if held.waits_for_secrets and held.name not in self._asked:
                self._asked.add(held.name)
                self._say(NeedSecrets(held.name))

    # Bookkeeping

    def _hold(self, attempt: str, spec: Dict[str, Any]) -> HeldAttempt:
        held = HeldAttempt(attempt, spec)
        self._attempts[attempt] = self._unfinished[attempt] = held
        return held

    def _tell_once(self, held: HeldAttempt, kind: str, at: float, data: Dict[str, Any]) -> None:
        """Write the record, unless there is one of its kind, or the attempt is over."""
        if kind not in held.told and not held.is_over:
            self._note(held, kind)
            self._append(kind, held.name, at, data)

    def _tell_steps(self, held: HeldAttempt, state: RunnerState, now: float) -> None:
        """Write down how far the environment is set up, where that is news."""
        if state.steps and state.steps != held.steps:
            held.steps = state.steps
            self._append(STEP, held.name, now, {"steps": list(state.steps)})

    def _note(self, held: HeldAttempt, kind: str) -> None:
        held.note(kind)
        if held.is_over:
            self._unfinished.pop(held.name, None)
            # They may be swept now: who needs one of them later must ask again.
            self._asked.difference_update(held.blobs())

    def _append(self, kind: str, attempt: str, at: float, data: Dict[str, Any]) -> None:
        record = Record(self._next_seq, kind, attempt, at, data)
        self._next_seq += 1
        self._records.append(record)
        self._new_records.append(record)

    def _say(self, message: Message) -> None:
        if self._link is not None:
            self._outgoing.append(Send(self._link, message))

    def _replay(self, record: Record) -> None:
        if record.kind == EPOCH:
            self._epoch = max(self._epoch, int(record.data["epoch"]))
        elif record.kind == RELEASED:
            self._attempts.pop(record.attempt, None)
            self._unfinished.pop(record.attempt, None)
        else:
            held = self._attempts.get(record.attempt)
            if held is None:
                held = self._hold(record.attempt, record.data.get("spec", {}))
            if record.kind == SPAWNED:
                held.spawned_under = str(record.data["boot"])
            self._note(held, record.kind)


def _event(record: Record) -> Event:
    data = {} if record.kind == ACCEPTED else record.data
    return Event(record.seq, record.attempt, record.kind, record.at, data)


def _outcome(result: Dict[str, Any]) -> Dict[str, Any]:
    told = {name: result.get(name) for name in ("outcome", "exit_code", "signal", "reason")}
    return dict(told, output=True) if result.get("output") else told


def _lost(reason: str) -> Dict[str, Any]:
    return {"outcome": "lost", "exit_code": None, "signal": None, "reason": reason}


def _failure(reason: str) -> Dict[str, Any]:
    return {"outcome": "failed", "exit_code": None, "signal": None, "reason": reason}
