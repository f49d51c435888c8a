"""The controller's dealings with store and disk on behalf of its links: one transaction each."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from clearq_tui.controller.output_desk import OutputDesk
from clearq_tui.controller.samples import SampleDesk
from clearq_tui.controller.stream_files import StreamFiles
from clearq_tui.environment_plan import EnvironmentPlan
from clearq_tui.feed.messages import LogGrew, Notice, ScalarsGrew
from clearq_tui.fleet.agent_door import Entered
from clearq_tui.fleet.failures import OfferedHostKey
from clearq_tui.fleet.host_keys import entry_name
from clearq_tui.fleet.link import Link
from clearq_tui.fleet.session import AttemptView, Opening
from clearq_tui.model import (
    AgentRecord,
    Attempt,
    LinkState,
    Refused,
    Step,
    Task,
    Worker,
    parse_attempt_name,
)
from clearq_tui.operations import attempts as attempt_operations
from clearq_tui.operations import links
from clearq_tui.paths import Home
from clearq_tui.secrets import Vault
from clearq_tui.store import Store, agents, attempts, blobs, tasks, workers
from remote_agent.messages import Event, Welcome
from remote_agent.records import ENDED, RECALLED
from remote_agent.wire import LOG_STREAM, SCALARS_STREAM


@dataclass(frozen=True)
class Leased:
    """All that the spec of a lease is made of."""

    task: Task
    attempt: Attempt
    worker: Worker


@dataclass(frozen=True)
class Wanted:
    """What the store wants of a machine: desired state, the whole of it."""

    attempts: list[AttemptView]
    """Those that the machine has not forgotten yet."""
    slots: dict[str, int]
    """By worker."""


@dataclass(frozen=True)
class Arrived:
    """Events of one machine, and the link on which they are to be acknowledged."""

    machine: int
    journal: str
    events: tuple[Event, ...]
    link: Link


class Changed(Protocol):
    """Called after every change that others must see."""

    def __call__(self, machine: int | None = None, *, soon: bool = True) -> None:
        """`machine`: whose agent must hear of it; `soon`: before what may wait for company."""


_FREE_A_SLOT = frozenset({ENDED, RECALLED})


class Desk:
    """What a link may ask of the store. Facts are kept until the controller's next round."""

    def __init__(
        self,
        store: Store,
        home: Home,
        *,
        changed: Changed,
        tell: Callable[[Notice], None],
    ) -> None:
        self.home = home
        self.changed = changed
        self.vault = Vault(home)
        self._store = store
        self._tell = tell
        self._streams = StreamFiles(home)
        self._samples = SampleDesk(store, tell)
        self.outputs = OutputDesk(
            store, changed=lambda machine: changed(machine, soon=False), tell=tell
        )
        self._arrived: list[Arrived] = []
        self._whole: list[tuple[str, int]] = []

    # Attaching

    def agent(self, machine: int) -> AgentRecord:
        """What is remembered of the machine's agent."""
        return agents.record(self._store, machine)

    def open(self, machine: int, build: str) -> Opening:
        """Raise the epoch for one more attach."""
        epoch = attempt_operations.raise_epoch(self._store, machine)
        record = agents.record(self._store, machine)
        return Opening(self._store.identity, epoch, record.journal, record.acknowledged, build)

    def welcomed(
        self, machine: int, welcome: Welcome, entered: Entered, *, journal_replaced: bool
    ) -> None:
        """The agent answered: remember it, give up what its old journal held, say it is online."""
        now = time.time()
        if journal_replaced:
            attempt_operations.journal_replaced(self._store, machine, welcome.journal, now=now)
        attempt_operations.remember_agent(
            self._store,
            machine,
            socket_path=entered.socket_path,
            python=entered.python,
            boot_id=welcome.boot,
            build=welcome.build,
            facts=welcome.facts,
        )
        self.set_link(machine, LinkState.ONLINE, "")

    def set_link(self, machine: int, state: LinkState, reason: str) -> None:
        """How the controller stands with the machine, for everyone to see."""
        attempt_operations.set_link(self._store, machine, state, reason, now=time.time())
        self.changed()

    def ask_about_host_key(self, machine: int, key: OfferedHostKey) -> None:
        """Put the unknown host key before the operator."""
        waiting = json.dumps(
            {**asdict(key), "line": f"{entry_name(key.host, key.port)} {key.public_key}"}
        )
        attempt_operations.set_host_key(self._store, machine, waiting, now=time.time())
        self.changed()

    def removed(self, machine: int) -> None:
        """The agent of a machine that was to be removed is gone from it."""
        links.machine_removed(self._store, machine, now=time.time())
        self.changed()

    # Desired state

    def wanted_of(self, machine: int) -> Wanted:
        """What the store wants of one machine."""
        return Wanted(
            [self._view(attempt) for attempt in attempts.unreleased(self._store, machine)],
            {worker.name: worker.slots for worker in workers.of_machine(self._store, machine)},
        )

    def wanted_of_all(self, machines: Iterable[int]) -> dict[int, Wanted]:
        """What the store wants of each, in as many queries as for one."""
        wanted = {machine: Wanted([], {}) for machine in machines}
        for attempt in attempts.unreleased(self._store):
            if attempt.machine in wanted:
                wanted[attempt.machine].attempts.append(self._view(attempt))
        for worker in workers.all_workers(self._store):
            if worker.machine in wanted:
                wanted[worker.machine].slots[worker.name] = worker.slots
        return wanted

    def _view(self, attempt: Attempt) -> AttemptView:
        return AttemptView(
            name=attempt.name,
            state=attempt.state,
            wish=attempt.wish,
            log_bytes=self._size(attempt, LOG_STREAM),
            scalars_bytes=self._size(attempt, SCALARS_STREAM),
            whole=attempt.log_whole,
        )

    def _size(self, attempt: Attempt, stream: str) -> int:
        return 0 if attempt.log_whole else self._streams.size(attempt.name, stream)

    def leased(self, name: str) -> Leased | None:
        """What the lease of the attempt says; None when it is no longer there."""
        number, attempt_number = parse_attempt_name(name)
        task = tasks.get(self._store, number)
        attempt = attempts.get(self._store, number, attempt_number)
        worker = workers.by_id(self._store, attempt.worker) if attempt else None
        if task is None or attempt is None or worker is None:
            return None
        return Leased(task, attempt, worker)

    def show_step(self, name: str, step: Step) -> None:
        """What is done for the attempt on this laptop, before its machine hears of it."""
        task, number = parse_attempt_name(name)
        attempt_operations.show_step(self._store, task, number, step)
        self.changed(soon=False)

    def keep_plan(self, task: int, plan: EnvironmentPlan) -> None:
        """What was found out about the task's environment, for its further attempts and clones."""
        attempt_operations.keep_plan(self._store, task, plan)

    def note_blobs(self, needed: Iterable[Mapping[str, Any]]) -> None:
        """A lease needs these blobs: keep them for a while."""
        with self._store.transaction(quiet=True):
            for blob in needed:
                blobs.add(self._store, blob["sha256"], blob["size"], time.time())

    def refuse(self, name: str, reason: str) -> None:
        """The attempt cannot be leased after all: it fails, and its machine never hears of it."""
        task, number = parse_attempt_name(name)
        attempt_operations.refuse(self._store, task, number, reason, now=time.time())
        self.changed()

    def say_why(self, name: str, reason: str) -> None:
        """Why the leased attempt has not begun yet; empty: nothing is in its way."""
        task, number = parse_attempt_name(name)
        if attempt_operations.say_why(self._store, task, number, reason):
            self.changed()

    # Facts

    def take_events(self, arrived: Arrived) -> None:
        """Keep the events for the next round."""
        self._arrived.append(arrived)
        self.changed(
            arrived.machine, soon=any(event.kind in _FREE_A_SLOT for event in arrived.events)
        )

    def apply_what_arrived(self) -> list[tuple[Link, int]]:
        """Write events and whole logs that have arrived; what to acknowledge once it is safe.

        Either `settled` or `give_up_what_arrived` must follow.
        """
        applied = []
        for one in self._arrived:
            try:
                seq = attempt_operations.apply_events(
                    self._store,
                    one.machine,
                    one.journal,
                    [event._asdict() for event in one.events],
                    now=time.time(),
                )
            except Refused as refused:
                one.link.end(str(refused))
            else:
                applied.append((one.link, seq))
        self.outputs.write_what_arrived()
        if self._whole:
            attempt_operations.log_progress(
                self._store,
                [(*parse_attempt_name(name), size) for name, size in self._whole],
                whole=True,
            )
        return applied

    def settled(self) -> None:
        """What had arrived is safe."""
        self._arrived, self._whole = [], []
        self.outputs.settled()

    def give_up_what_arrived(self, reason: str) -> None:
        """It could not be written. It was not acknowledged: on a new link it is told again."""
        arrived, self._arrived = self._arrived, []
        for one in arrived:
            one.link.end(reason)

    def write_stream(
        self, machine: int, attempt: str, stream: str, offset: int, data: bytes, *, last: bool
    ) -> None:
        """Put the bytes into log or scalars; with the `last` of the log, all of both is here."""
        size = self._streams.write(attempt, stream, offset, data, last=last)
        if stream == SCALARS_STREAM:
            self._tell(ScalarsGrew(type="scalars", attempt=attempt, size=size))
            return
        self._tell(LogGrew(type="log", attempt=attempt, size=size))
        if last:
            self._whole.append((attempt, size))
            self.changed(machine, soon=False)

    def show(self, machine: int, sample: Mapping[str, Any]) -> None:
        """The machine's newest metrics."""
        self._samples.take(machine, sample, time.time())

    def blob_path(self, sha256: str) -> Path | None:
        """Where the blob lies, if it does."""
        path = self.home.blobs / sha256
        return path if path.is_file() else None
