"""`clearq logs`."""

from __future__ import annotations

import click

from clearq_tui.cli.attempt_choice import chosen_attempt
from clearq_tui.cli.command_types import command
from clearq_tui.cli.exit_codes import ExitCode
from clearq_tui.cli.log_file import pieces
from clearq_tui.cli.log_output import pause, write_log
from clearq_tui.cli.references import ATTEMPT, AttemptReference
from clearq_tui.cli.session import Session, open_session
from clearq_tui.cli.terminal import warn
from clearq_tui.cli.waiting import PAUSE, until
from clearq_tui.model import Attempt, AttemptState
from clearq_tui.operations import finding
from clearq_tui.store import Store, attempts


@command("logs", ExitCode.NOT_FOUND)
@click.argument("reference", metavar="TASK[.ATTEMPT]", type=ATTEMPT)
@click.option("-f", "--follow", is_flag=True, help="Go on until the attempt has ended.")
@click.option(
    "-n", "--lines", type=click.IntRange(min=0), help="Only the last lines, and what follows them."
)
def logs(reference: AttemptReference, follow: bool, lines: int | None) -> None:
    """Show what a task wrote: its latest attempt, or the one that is named.

    A pipe gets the very bytes; a terminal gets text that cannot act on it. With -f a task that
    still waits is waited for.
    """
    with open_session() as session:
        attempt = _attempt(session.store, reference, follow)
        _write(session, attempt, follow, lines)
        attempt = attempts.get(session.store, attempt.task, attempt.number) or attempt
        if not attempt.log_whole and not attempt.state.is_open and attempt.log_bytes:
            warn(f"The rest of the log of #{attempt.name} has not arrived from its machine.")


def _attempt(store: Store, reference: AttemptReference, follow: bool) -> Attempt:
    task = finding.task(store, reference.task)
    if reference.attempt is None and follow and not task.state.is_ended:
        latest = attempts.get(store, task.id, task.attempt)
        # A task that waits for its next attempt: its followers want that one.
        if latest is None or not latest.state.is_open:
            number = task.attempt + 1
            return until(store, lambda: _existing(store, task.id, number), pause=pause)
    return chosen_attempt(store, reference)


def _existing(store: Store, task: int, number: int) -> Attempt | None:
    finding.task(store, task)  # somebody may remove it meanwhile
    return attempts.get(store, task, number)


def _write(session: Session, attempt: Attempt, follow: bool, lines: int | None) -> None:
    def is_over() -> bool:
        if not follow:
            return True
        now = attempts.get(session.store, attempt.task, attempt.number)
        return now is None or now.log_whole or now.state in _NO_MORE

    path = session.home.attempt_log(attempt.task, attempt.number)
    write_log(pieces(path, lines, is_over, lambda: pause(PAUSE)))


_NO_MORE = frozenset({AttemptState.LOST, AttemptState.RECALLED})
"""Ended so that nobody can say whether the rest of the log ever arrives."""
