"""What `clearq task` does to tasks: abort, retry, move, dequeue, remove.

Each prints the ids of the tasks that it was done to, one a line.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import click

from clearq_tui.cli.bulk_result import conclude
from clearq_tui.cli.command_types import command
from clearq_tui.cli.exit_codes import ExitCode
from clearq_tui.cli.references import TASK
from clearq_tui.cli.session import open_session
from clearq_tui.operations import ordering, tasks
from clearq_tui.operations.bulk import BulkReport
from clearq_tui.operations.ordering import Move
from clearq_tui.store import Store

_MANY = click.argument("numbers", metavar="TASK...", type=TASK, nargs=-1, required=True)
_CODES = (ExitCode.NOT_FOUND, ExitCode.REFUSED)


def _do(operation: Callable[[Store, float], BulkReport], *, start: bool = False) -> None:
    with open_session() as session:
        report = operation(session.store, time.time())
        session.tell_controller(start=start and bool(report.done))
        conclude(session.store, report)


@command("abort", *_CODES)
@_MANY
@click.option("--kill", is_flag=True, help="Without a grace period.")
def abort_tasks(numbers: tuple[int, ...], kill: bool) -> None:
    """End tasks: waiting ones at once, others when their machine has ended them."""
    _do(lambda store, now: tasks.abort(store, numbers, kill, now=now))


@command("retry", *_CODES)
@_MANY
def retry_tasks(numbers: tuple[int, ...]) -> None:
    """Queue ended tasks again: the same task, its next attempt."""
    _do(lambda store, now: tasks.retry(store, numbers, now=now), start=True)


@command("dequeue", *_CODES)
@_MANY
def dequeue_tasks(numbers: tuple[int, ...]) -> None:
    """Take waiting tasks out of their queues; they become drafts."""
    _do(lambda store, now: tasks.dequeue(store, numbers, now=now))


@command("remove", *_CODES)
@_MANY
def remove_tasks(numbers: tuple[int, ...]) -> None:
    """Remove tasks and their attempts for good; not while one is in a machine's hands."""
    _do(lambda store, now: tasks.remove(store, numbers, now=now))


@command("enqueue", *_CODES)
@_MANY
@click.option("--queue", metavar="NAME", help="Instead of the default queue.")
@click.option("--top", is_flag=True, help="Before all others.")
def enqueue_tasks(numbers: tuple[int, ...], queue: str | None, top: bool) -> None:
    """Queue drafts and ended tasks, in the order given."""
    _do(
        lambda store, now: tasks.enqueue_existing(store, numbers, queue, top, now=now),
        start=True,
    )


@command("move", *_CODES)
@_MANY
@click.option("--top", "where", flag_value="top", help="Before all others.")
@click.option("--bottom", "where", flag_value="bottom", help="Behind all others.")
@click.option("--up", "where", flag_value="up", help="One place nearer to the top.")
@click.option("--down", "where", flag_value="down", help="One place nearer to the bottom.")
@click.option("--to", "place", type=click.IntRange(min=1), help="To this place, 1 being the top.")
@click.option("--queue", metavar="NAME", help="To the end of another queue, or with --top its top.")
def move_tasks(
    numbers: tuple[int, ...], where: str | None, place: int | None, queue: str | None
) -> None:
    """Move waiting tasks within their queue or to another one."""
    said = [where is not None, place is not None, queue is not None]
    if sum(said) != 1 and (where, place) != ("top", None):
        raise click.UsageError("Say where to: one of --top, --bottom, --up, --down, --to, --queue.")
    if queue is not None:
        top = where == "top"
        _do(lambda store, now: ordering.move_to_queue(store, numbers, queue, top, now=now))
        return
    move = Move.to(place) if place is not None else Move(where or "")
    _do(lambda store, now: ordering.move(store, numbers, move, now=now))
