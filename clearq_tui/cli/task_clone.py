"""`clearq task clone`."""

from __future__ import annotations

import time

import click

from clearq_tui.cli.command_types import command
from clearq_tui.cli.exit_codes import ExitCode
from clearq_tui.cli.parameter_options import overridden, set_option
from clearq_tui.cli.references import TASK
from clearq_tui.cli.session import Session, open_session
from clearq_tui.cli.terminal import say
from clearq_tui.model import NewTask, Task
from clearq_tui.operations import finding, tasks
from clearq_tui.store import Store, queues


@command("clone", ExitCode.NOT_FOUND, ExitCode.REFUSED)
@click.argument("number", metavar="TASK", type=TASK)
@click.option("--name", help="Instead of the task's own name.")
@set_option
@click.option(
    "--unset",
    metavar="NAME",
    multiple=True,
    help="Give up an override that the task has. May be repeated.",
)
@click.option("--enqueue", is_flag=True, help="Queue it where the task was; else it is a draft.")
@click.option("-q", "--queue", metavar="NAME", help="Queue the clone there.")
@click.option("--top", is_flag=True, help="With --enqueue or --queue: before all others.")
def clone_task(
    number: int,
    name: str | None,
    overrides: dict[str, str],
    unset: tuple[str, ...],
    enqueue: bool,
    queue: str | None,
    top: bool,
) -> None:
    """Make a new task like this one and print its id.

    The clone brings the code as it was captured for the task, and its overrides; --set changes
    what runs, not the code.
    """
    now = time.time()
    is_queued = enqueue or queue is not None
    with open_session() as session:
        if queue is not None:
            finding.queue(session.store, queue)  # before the clone, which would stay behind
        changes = tasks.TaskChanges(name=name)
        if overrides or unset:
            present = finding.task(session.store, number)
            changes = tasks.TaskChanges(
                name=name, overrides=_overrides(session, present, overrides, unset)
            )
        copy = tasks.clone(session.store, number, changes, now=now)
        if is_queued:
            into = queue or _queue_of(session.store, number)
            tasks.enqueue_existing(session.store, [copy], into, top, now=now).check()
        session.tell_controller(start=is_queued)
        say(str(copy))


def _queue_of(store: Store, number: int) -> str | None:
    """The queue that the original waits or waited in, while there is one; else the default one."""
    queue = finding.task(store, number).queue
    found = None if queue is None else queues.by_id(store, queue)
    return found.name if found and found.name in queues.names(store) else None


def _overrides(
    session: Session, present: Task, overrides: dict[str, str], unset: tuple[str, ...]
) -> dict[str, str]:
    from clearq_tui.operations.parameters import without_overrides

    new = NewTask(
        present.command,
        environment=present.environment,
        snapshot=present.snapshot,
        overrides=without_overrides(present.overrides, unset),
    )
    return dict(overridden(session, new, overrides).overrides)
