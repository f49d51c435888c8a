"""Waiting for the store to change, with or without a controller to tell us."""

from __future__ import annotations

import time
from collections.abc import Callable
from math import inf
from typing import Final, TypeVar

from clearq_tui.cli.exit_codes import ExitCode
from clearq_tui.model import Attempt, NotFound, Task, TaskState
from clearq_tui.store import Store, attempts, tasks

PAUSE: Final = 0.02
"""Seconds between looks at the change counter; one look costs some 10 µs."""

_SIGNALLED: Final = 128
"""What shells add to the number of the signal that ended a command."""

_T = TypeVar("_T")


def until(
    store: Store,
    look: Callable[[], _T | None],
    seconds: float = inf,
    pause: Callable[[float], None] = time.sleep,
) -> _T:
    """What `look` finds: it looks now and after each change of the store.

    `pause` waits for some seconds, or raises when there is no sense in waiting any more.

    Raises:
        TimeoutError: `look` has found nothing within `seconds`.
    """
    deadline = time.monotonic() + seconds
    while True:
        counter = store.change_counter()
        if (found := look()) is not None:
            return found
        while store.change_counter() == counter:
            if time.monotonic() > deadline:
                raise TimeoutError
            pause(PAUSE)


def wait_for_end(store: Store, number: int) -> int:
    """Wait until the task has ended; the exit code that says how.

    Raises:
        NotFound: somebody removed the task meanwhile.
    """

    def ended() -> Task | None:
        task = tasks.get(store, number)
        if task is None:
            raise NotFound(f"Task #{number} was removed.")
        return task if task.state.is_ended else None

    task = until(store, ended)
    return exit_code_of(task, attempts.get(store, number, task.attempt))


def exit_code_of(task: Task, attempt: Attempt | None) -> int:
    """The exit code with which a command that waited for the task ends."""
    if task.state is TaskState.COMPLETED:
        return ExitCode.OK
    if task.state is TaskState.ABORTED:
        return ExitCode.INTERRUPTED
    if task.state is TaskState.LOST:
        return ExitCode.LOST
    if attempt and attempt.signal:
        return _SIGNALLED + attempt.signal
    return task.exit_code or ExitCode.NEVER_RAN
