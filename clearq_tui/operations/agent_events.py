"""What a machine's agent reports, applied to the store: many events, one transaction.

Every byte is the machine's word: nothing in it is trusted, and nothing in it raises. What makes no
sense for the present state becomes a line of history that says why, and changes nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from clearq_tui.model import (
    Attempt,
    AttemptState,
    Refused,
    TaskState,
    Wish,
    may_become,
)
from clearq_tui.operations import transitions
from clearq_tui.operations.reports import Nonsense, Report, read_report
from clearq_tui.store import Store, agents, attempts, events, machines, outputs, tasks

LAPTOPS_STEP = "fetch"
"""The step that the laptop makes, and the machine knows nothing of."""


def apply_events(
    store: Store, machine: int, journal: str, reports: Sequence[Mapping[str, object]], *, now: float
) -> int:
    """Apply what the agent's journal says beyond what is applied already; the acknowledged `seq`.

    Reports are dicts {seq, attempt, kind, at, data}. A `seq` that was applied before is skipped, so
    everything may be sent again.

    Raises:
        Refused: the journal is not the one of the earlier reports; see `journal_replaced`.
    """
    with store.transaction():
        record = agents.record(store, machine)
        if record.journal not in ("", journal):
            raise Refused(
                f"Machine {machine} reports from journal {journal}, but {record.journal} is the "
                "one known; the replacement must be settled first."
            )
        who = _name(store, machine)
        last = record.acknowledged
        for raw in reports:
            try:
                report = read_report(raw, after=last)
                if report is None:
                    continue
                last = report.seq
                _apply(store, machine, who, report)
            except Nonsense as nonsense:
                last = max(last, nonsense.seq)
                events.add(
                    store,
                    now,
                    who,
                    "report ignored",
                    task=nonsense.task,
                    attempt=nonsense.attempt,
                    machine=machine,
                    why=nonsense.why,
                )
        if last != record.acknowledged or record.journal != journal:
            agents.acknowledge(store, machine, journal, last)
        return last


def journal_replaced(store: Store, machine: int, journal: str, *, now: float) -> list[Attempt]:
    """The agent has another journal than before: what the old one alone knew is lost for good.

    Returns the attempts that were open until now. The known journal changes nothing.
    """
    with store.transaction():
        record = agents.record(store, machine)
        if record.journal == journal:
            return []
        held = attempts.open_of_machine(store, machine) if record.journal else []
        who = _name(store, machine)
        for attempt in held:
            _lose(store, attempt, who, "the agent's journal on the machine is gone", now)
        attempts.set_all_released(store, machine)
        agents.acknowledge(store, machine, journal, 0)
        events.add(
            store, now, who, "journal", machine=machine, before=record.journal, after=journal
        )
        return held


def _name(store: Store, machine: int) -> str:
    found = machines.by_id(store, machine)
    return found.name if found else f"machine {machine}"


def _apply(store: Store, machine: int, who: str, report: Report) -> None:
    attempt = attempts.get(store, report.task, report.number)
    if attempt is None and report.kind == "released":
        return  # its task was removed, and the machine told so
    if attempt is None:
        raise Nonsense(report.seq, f"there is no attempt {report.name}")
    if attempt.machine != machine:
        raise Nonsense(report.seq, f"attempt {report.name} belongs to another machine")
    if report.kind == "released":
        attempts.set_released(store, report.task, report.number)
        return
    standing = tasks.standing(store, report.task)
    if standing is None:
        raise Nonsense(report.seq, f"there is no task {report.task}")
    if standing.attempt != report.number:
        raise Nonsense(
            report.seq,
            f"{report.kind} comes late: attempt {report.number} is not the latest any more",
            report.task,
            report.number,
        )
    _KINDS[report.kind](store, attempt, standing.state, who, report)


def _accepted(store: Store, attempt: Attempt, present: TaskState, who: str, report: Report) -> None:
    """The machine has the lease; for the store it was the machine's already."""


def _preparing(
    store: Store, attempt: Attempt, present: TaskState, who: str, report: Report
) -> None:
    _check(attempt, present, TaskState.PREPARING, report)
    attempts.set_preparing(store, attempt.task, attempt.number)
    tasks.set_preparing(store, attempt.task, report.at)
    _record(store, attempt, present, TaskState.PREPARING, who, report)


def _step(store: Store, attempt: Attempt, _present: TaskState, _who: str, report: Report) -> None:
    """How far its environment is set up: shown, and no part of the task's history."""
    here = [step for step in attempt.steps if step.name.startswith(LAPTOPS_STEP)]
    attempts.set_steps(store, attempt.task, attempt.number, [*here, *report.steps])


def _started(store: Store, attempt: Attempt, present: TaskState, who: str, report: Report) -> None:
    _check(attempt, present, TaskState.RUNNING, report)
    attempts.set_running(store, attempt.task, attempt.number, report.at)
    tasks.set_running(store, attempt.task, report.at)
    _record(store, attempt, present, TaskState.RUNNING, who, report)


def _ended(store: Store, attempt: Attempt, present: TaskState, who: str, report: Report) -> None:
    outcome = report.outcome
    if not (attempt.state.is_open or attempt.state is AttemptState.LOST):
        raise _senseless(attempt, present, report)
    if not may_become(present, outcome):
        raise _senseless(attempt, present, report)
    attempts.set_ended(
        store,
        attempt.task,
        attempt.number,
        AttemptState(outcome.value),
        report.at,
        exit_code=report.exit_code,
        signal=report.signal,
        reason=report.reason,
    )
    # Of a runner that was killed nobody knows whether it left something.
    if report.output or outcome is TaskState.LOST:
        outputs.want_listing(store, attempt.task, attempt.number)
    transitions.end(
        store,
        attempt.task,
        present,
        outcome,
        at=report.at,
        who=who,
        why=report.reason,
        attempt=attempt.number,
        machine=attempt.machine,
        exit_code=report.exit_code,
    )


def _recalled(store: Store, attempt: Attempt, present: TaskState, who: str, report: Report) -> None:
    if attempt.state is not AttemptState.LEASED or present is not TaskState.LEASED:
        raise _senseless(attempt, present, report)
    attempts.set_ended(
        store,
        attempt.task,
        attempt.number,
        AttemptState.RECALLED,
        report.at,
        reason=report.reason,
    )
    if attempt.wish in (Wish.ABORT, Wish.KILL):
        transitions.end(
            store,
            attempt.task,
            present,
            TaskState.ABORTED,
            at=report.at,
            who=who,
            why="before it began",
            attempt=attempt.number,
            machine=attempt.machine,
        )
        return
    tasks.set_waiting_again(store, attempt.task, report.at)
    _record(store, attempt, present, TaskState.QUEUED, who, report)


def _lose(store: Store, attempt: Attempt, who: str, why: str, now: float) -> None:
    standing = tasks.standing(store, attempt.task)
    attempts.set_ended(store, attempt.task, attempt.number, AttemptState.LOST, now, reason=why)
    outputs.want_listing(store, attempt.task, attempt.number)
    if standing is not None and standing.attempt == attempt.number:
        transitions.end(
            store,
            attempt.task,
            standing.state,
            TaskState.LOST,
            at=now,
            who=who,
            why=why,
            attempt=attempt.number,
            machine=attempt.machine,
        )


def _check(attempt: Attempt, present: TaskState, wanted: TaskState, report: Report) -> None:
    if not attempt.state.is_open or not may_become(present, wanted):
        raise _senseless(attempt, present, report)


def _senseless(attempt: Attempt, present: TaskState, report: Report) -> Nonsense:
    return Nonsense(
        report.seq,
        f"{report.kind} makes no sense: the attempt is {attempt.state.value}, the task "
        f"{present.value}",
        attempt.task,
        attempt.number,
    )


def _record(
    store: Store,
    attempt: Attempt,
    before: TaskState,
    after: TaskState,
    who: str,
    report: Report,
) -> None:
    transitions.record(
        store,
        attempt.task,
        before,
        after,
        at=report.at,
        who=who,
        why=report.reason,
        attempt=attempt.number,
        machine=attempt.machine,
        worker=attempt.worker,
    )


_KINDS: Mapping[str, Callable[[Store, Attempt, TaskState, str, Report], None]] = {
    "accepted": _accepted,
    "preparing": _preparing,
    "step": _step,
    "started": _started,
    "ended": _ended,
    "refused": _ended,
    "recalled": _recalled,
}
