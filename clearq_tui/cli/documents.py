"""The JSON that `--json` prints. Scripts rely on these keys: none is ever renamed or removed.

Times are seconds since the epoch, sizes bytes; what is not known is null.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import TypedDict

from clearq_tui.model import Attempt, Event, Machine
from clearq_tui.store.queues import QueueRow
from clearq_tui.store.tasks import TaskRow
from clearq_tui.store.workers import WorkerRow


class MachineDocument(TypedDict):
    """A machine and how the controller stands with it."""

    id: int
    name: str
    target: str
    transport: str
    user: str | None
    port: int | None
    identity: str | None
    jump: str | None
    python: str | None
    link: str
    link_reason: str
    link_since: float | None
    host_key: Mapping[str, object] | None
    facts: Mapping[str, object]
    removing: bool


class MachineDetails(MachineDocument):
    """A machine with its workers."""

    workers: list[str]


class WorkerDocument(TypedDict):
    """A worker and what it does."""

    id: int
    name: str
    machine: str
    link: str
    link_reason: str
    link_since: float | None
    slots: int
    policy: str
    draining: bool
    queues: list[str]
    tasks: list[int]


class QueueDocument(TypedDict):
    """A queue and how full it is."""

    id: int
    name: str
    paused: bool
    default: bool
    waiting: int
    active: int
    workers: list[str]


class TaskDocument(TypedDict):
    """A task as lists show it."""

    id: int
    name: str
    state: str
    queue: str | None
    worker: str | None
    machine: str | None
    attempt: int
    exit_code: int | None
    reason: str
    command: list[str]
    created_at: float
    changed_at: float
    started_at: float | None
    ended_at: float | None


class AttemptDocument(TypedDict):
    """One try at running a task."""

    number: int
    worker: str | None
    machine: str | None
    state: str
    wish: str
    leased_at: float
    started_at: float | None
    ended_at: float | None
    exit_code: int | None
    signal: int | None
    reason: str
    log_bytes: int
    log_whole: bool
    steps: list[Mapping[str, object]]


class EventDocument(TypedDict):
    """One line of history."""

    at: float
    who: str
    what: str
    attempt: int | None
    before: str
    after: str
    why: str


class TaskDetails(TaskDocument):
    """A task with all that is known of it."""

    clone_of: int | None
    environment: Mapping[str, str]
    overrides: Mapping[str, str]
    secrets: list[Mapping[str, object]]
    plan: Mapping[str, object]
    code: Mapping[str, object] | None
    attempts: list[AttemptDocument]
    events: list[EventDocument]


def keys(document: type) -> tuple[str, ...]:
    """The document's keys, in the order in which they are printed."""
    return tuple(document.__annotations__)


def machine_document(machine: Machine) -> MachineDocument:
    """The machine for `machine list --json`."""
    return MachineDocument(
        id=machine.id,
        name=machine.name,
        target=machine.target,
        transport=machine.transport,
        user=machine.user,
        port=machine.port,
        identity=machine.identity,
        jump=machine.jump,
        python=machine.interpreter,
        link=machine.link.value,
        link_reason=machine.link_reason,
        link_since=machine.link_since,
        host_key=json.loads(machine.host_key) if machine.host_key else None,
        facts=machine.facts,
        removing=machine.removing,
    )


def worker_document(row: WorkerRow) -> WorkerDocument:
    """The worker for `worker list --json`."""
    return WorkerDocument(
        id=row.worker.id,
        name=row.worker.name,
        machine=row.machine_name,
        link=row.link.value,
        link_reason=row.link_reason,
        link_since=row.link_since,
        slots=row.worker.slots,
        policy=row.worker.policy.value,
        draining=row.worker.draining,
        queues=list(row.queues),
        tasks=[task for task, _ in row.tasks],
    )


def queue_document(row: QueueRow) -> QueueDocument:
    """The queue for `queue list --json`."""
    return QueueDocument(
        id=row.queue.id,
        name=row.queue.name,
        paused=row.queue.paused,
        default=row.is_default,
        waiting=row.waiting,
        active=row.active,
        workers=list(row.workers),
    )


def task_document(row: TaskRow) -> TaskDocument:
    """The task for `task list --json`."""
    return TaskDocument(
        id=row.task.id,
        name=row.task.name,
        state=row.task.state.value,
        queue=row.queue_name,
        worker=row.worker_name,
        machine=row.machine_name,
        attempt=row.task.attempt,
        exit_code=row.exit_code,
        reason=row.task.reason,
        command=list(row.task.command),
        created_at=row.task.created_at,
        changed_at=row.task.changed_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
    )


def attempt_document(attempt: Attempt, worker: str | None, machine: str | None) -> AttemptDocument:
    """One attempt for `task show --json`, given its names."""
    return AttemptDocument(
        number=attempt.number,
        worker=worker,
        machine=machine,
        state=attempt.state.value,
        wish=attempt.wish.value,
        leased_at=attempt.leased_at,
        started_at=attempt.started_at,
        ended_at=attempt.ended_at,
        exit_code=attempt.exit_code,
        signal=attempt.signal,
        reason=attempt.reason,
        log_bytes=attempt.log_bytes,
        log_whole=attempt.log_whole,
        steps=[asdict(step) for step in attempt.steps],
    )


def event_document(event: Event) -> EventDocument:
    """One line of history for `task show --json`."""
    return EventDocument(
        at=event.at,
        who=event.who,
        what=event.what,
        attempt=event.attempt,
        before=event.before,
        after=event.after,
        why=event.why,
    )


def code_document(snapshot: str) -> Mapping[str, object] | None:
    """What was captured, without the names of clearq's own repositories; None: no code."""
    if not snapshot:
        return None
    captured = json.loads(snapshot)
    if "remote" in captured:
        remote = captured["remote"]
        return {
            "commit": remote["commit"],
            "branch": remote["branch"] or None,
            "remote_url": remote["url"],
            "subdirectory": remote["subdirectory"],
            **dict.fromkeys(("staged", "unstaged", "untracked"), 0),
        }
    root = captured["repositories"][0]
    return {
        "commit": root["head"],
        "branch": root["branch"],
        "remote_url": root["remote_url"],
        "subdirectory": captured["subdirectory"],
        **captured["counts"],
    }


def details(
    row: TaskRow, attempts: Iterable[AttemptDocument], events: Iterable[EventDocument]
) -> TaskDetails:
    """The task for `task show --json`."""
    return TaskDetails(
        **task_document(row),
        clone_of=row.task.clone_of,
        environment=row.task.environment,
        overrides=row.task.overrides,
        secrets=[asdict(use) for use in row.task.secrets],
        plan=json.loads(row.task.plan.to_json() or "{}"),
        code=code_document(row.task.snapshot),
        attempts=list(attempts),
        events=list(events),
    )
