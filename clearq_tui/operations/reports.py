"""One event of an agent's journal, checked field by field: the machine's word is not trusted."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeGuard

from clearq_tui.model import Step, TaskState, attempt_name, parse_attempt_name

KINDS = frozenset(
    {"accepted", "preparing", "step", "started", "ended", "refused", "recalled", "released"}
)
OUTCOMES = {
    state.value: state
    for state in (TaskState.COMPLETED, TaskState.FAILED, TaskState.ABORTED, TaskState.LOST)
}
LONGEST_REASON = 2000
MOST_STEPS = 20
LONGEST_STEP = 40
"""Characters; a machine may say more, nobody reads it."""
_LARGEST = 2**63 - 1


class Nonsense(Exception):
    """A report that cannot be applied; recorded with `why`, then passed over."""

    def __init__(
        self, seq: int, why: str, task: int | None = None, attempt: int | None = None
    ) -> None:
        super().__init__(why)
        self.seq = seq
        """What to acknowledge nevertheless; 0 when the report had no usable `seq`."""
        self.why = why
        self.task = task
        self.attempt = attempt


@dataclass(frozen=True, slots=True)
class Report:
    """A well-formed event."""

    seq: int
    task: int
    number: int
    kind: str
    at: float
    outcome: TaskState
    """Of an `ended` or `refused` event; of others without meaning."""
    exit_code: int | None
    signal: int | None
    reason: str
    steps: tuple[Step, ...]
    """Of a `step` event: all of them so far."""
    output: bool = False
    """Of an `ended` event: it has left something in its output directory."""

    @property
    def name(self) -> str:
        """The attempt's name."""
        return attempt_name(self.task, self.number)


def read_report(raw: Mapping[str, object], after: int) -> Report | None:
    """The event, or None when its `seq` is not beyond `after`.

    Raises:
        Nonsense: a field is missing, of a wrong type or out of range.
    """
    seq = raw.get("seq")
    if not _is_int(seq) or not 0 < seq <= _LARGEST:
        raise Nonsense(0, f"seq is {seq!r:.80}; expected a positive integer")
    if seq <= after:
        return None
    kind, name, at, data = raw.get("kind"), raw.get("attempt"), raw.get("at"), raw.get("data")
    if not isinstance(kind, str) or kind not in KINDS:
        raise Nonsense(seq, f"kind is {kind!r:.80}; expected one of {', '.join(sorted(KINDS))}")
    if not isinstance(name, str) or len(name) > 40:
        raise Nonsense(seq, f"attempt is {name!r:.80}; expected something like 8123.2")
    try:
        task, number = parse_attempt_name(name)
    except ValueError as error:
        raise Nonsense(seq, str(error)) from None
    if max(task, number) > _LARGEST:
        raise Nonsense(seq, f"attempt is {name}; no number is that large")
    if isinstance(at, bool) or not isinstance(at, (int, float)) or not math.isfinite(at):
        raise Nonsense(seq, f"at is {at!r:.80}; expected seconds", task, number)
    if not isinstance(data, Mapping):
        raise Nonsense(seq, f"data is {data!r:.80}; expected an object", task, number)
    reason = data.get("reason")
    return Report(
        seq=seq,
        task=task,
        number=number,
        kind=kind,
        at=float(at),
        outcome=_outcome(seq, kind, data, task, number),
        exit_code=_integer(data.get("exit_code")),
        signal=_integer(data.get("signal")),
        reason=reason[:LONGEST_REASON] if isinstance(reason, str) else "",
        steps=_steps(data.get("steps")) if kind == "step" else (),
        output=data.get("output") is True,
    )


def _steps(said: object) -> tuple[Step, ...]:
    """Those that make sense; how far a preparation is decides nothing."""
    if not isinstance(said, list):
        return ()
    return tuple(
        Step(str(one["name"])[:LONGEST_STEP], _seconds(one.get("seconds")), bool(one.get("failed")))
        for one in said[:MOST_STEPS]
        if isinstance(one, Mapping) and isinstance(one.get("name"), str)
    )


def _seconds(value: object) -> float | None:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if is_number and 0 <= value < 1e9 else None  # type: ignore[operator,arg-type]


def _outcome(seq: int, kind: str, data: Mapping[str, object], task: int, number: int) -> TaskState:
    if kind == "refused":
        return TaskState.FAILED
    if kind != "ended":
        return TaskState.LOST
    outcome = data.get("outcome")
    if not isinstance(outcome, str) or outcome not in OUTCOMES:
        raise Nonsense(
            seq,
            f"outcome is {outcome!r:.80}; expected one of {', '.join(sorted(OUTCOMES))}",
            task,
            number,
        )
    return OUTCOMES[outcome]


def _is_int(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _integer(value: object) -> int | None:
    return value if _is_int(value) and -(2**31) <= value < 2**32 else None
