"""What has come of an attempt, from how its command and its tree ended."""

from __future__ import annotations

import os
import signal
from typing import NamedTuple, Optional, Sequence, Tuple

from remote_agent.process_tree import Process

_MOST_NAMED = 10


class Outcome(NamedTuple):
    """The content of `result.json`, but for the time."""

    outcome: str
    """`completed`, `failed` or `aborted`."""
    exit_code: Optional[int] = None
    signal: Optional[int] = None
    reason: str = ""
    """A sentence for the operator; empty where the exit code says it all."""


def ended(
    status: Optional[int], is_aborted: bool, ran_out: str, unkillable: Sequence[Process]
) -> Outcome:
    """The outcome of a command that was started, once there is nothing left to wait for.

    Args:
        status: of the command, as `waitpid` gives it; None: it never ended.
        is_aborted: the operator asked for the end before the command had ended.
        ran_out: a sentence, where the kernel killed for want of memory.
        unkillable: what still lives, and hangs in the kernel.
    """
    code, number = _parts(status)
    left = _left(unkillable)
    if is_aborted:
        return Outcome("aborted", code, number, left)
    if code == 0:
        return Outcome("completed", code, None, left)
    by_signal = "Ended by %s." % _signal_name(number) if number is not None else ""
    return Outcome("failed", code, number, _joined(ran_out or by_signal, left))


def unprepared(
    status: Optional[int], is_aborted: bool, failure: str, unkillable: Sequence[Process]
) -> Outcome:
    """The outcome of an attempt that ended before its command was started.

    `failure` is what the preparation said; empty when it was ended by something else.
    """
    left = _left(unkillable)
    if is_aborted:
        return Outcome("aborted", reason=left)
    code, number = _parts(status)
    how = _signal_name(number) if number is not None else "exit code %s" % code
    why = failure or "Setting the environment up was ended by %s." % how
    return Outcome("failed", reason=_joined(why, left))


def _parts(status: Optional[int]) -> Tuple[Optional[int], Optional[int]]:
    """Exit code, or signal."""
    if status is None:
        return None, None
    if os.WIFSIGNALED(status):
        return None, os.WTERMSIG(status)
    return os.WEXITSTATUS(status), None


def was_killed(status: Optional[int]) -> bool:
    """Whether it was SIGKILL that ended the command, or what it waited for, as shells tell it."""
    return status in (signal.SIGKILL, (128 + signal.SIGKILL) << 8)


def _left(unkillable: Sequence[Process]) -> str:
    if not unkillable:
        return ""
    pids = ", ".join(str(process.pid) for process in unkillable[:_MOST_NAMED])
    return (
        "Unkillable: process %s hangs in the kernel and did not end by SIGKILL; "
        "look for a disk or a device that does not answer." % pids
    )


def _joined(*sentences: str) -> str:
    return " ".join(sentence for sentence in sentences if sentence)


def _signal_name(number: Optional[int]) -> str:
    try:
        return signal.Signals(number or 0).name
    except ValueError:
        return "signal %s" % number
