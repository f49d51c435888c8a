"""Which attempt a command is about: the one that is named, else the task's latest."""

from __future__ import annotations

from clearq_tui.cli.references import AttemptReference
from clearq_tui.model import Attempt, NotFound
from clearq_tui.operations import finding
from clearq_tui.store import Store, attempts


def chosen_attempt(store: Store, reference: AttemptReference) -> Attempt:
    """The attempt.

    Raises:
        NotFound: there is no such task or attempt, or the task has not been tried yet.
    """
    task = finding.task(store, reference.task)
    number = task.attempt if reference.attempt is None else reference.attempt
    found = attempts.get(store, task.id, number)
    if found is not None:
        return found
    if reference.attempt is not None:
        raise NotFound(f"Task #{task.id} has no attempt {number}.")
    raise NotFound(f"Task #{task.id} is {task.state.value} and has not been tried yet.")
