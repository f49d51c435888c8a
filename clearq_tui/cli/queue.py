"""`clearq queue …`."""

from __future__ import annotations

import time

import click

from clearq_tui.cli.columns import Column
from clearq_tui.cli.command_types import NounGroup, command
from clearq_tui.cli.documents import QueueDocument, keys, queue_document
from clearq_tui.cli.exit_codes import ExitCode
from clearq_tui.cli.session import open_session
from clearq_tui.cli.terminal import show_json, show_table, warn
from clearq_tui.operations import queues as operations
from clearq_tui.store import queues
from clearq_tui.store.queues import QueueRow

_COLUMNS = (
    Column("QUEUE"),
    Column("WAITING", right=True),
    Column("ACTIVE", right=True),
    Column("STATE"),
    Column("DEFAULT"),
    Column("WORKERS", shrinks=True),
)
_NAME = click.argument("name")


@click.group("queue", cls=NounGroup)
def queue() -> None:
    """List, add, pause, rename queues."""


@command("list", group=queue, json_keys=keys(QueueDocument))
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
def list_queues(as_json: bool) -> None:
    """List all queues: how many tasks wait, how many are in a machine's hands, who serves."""
    with open_session() as session:
        rows = queues.rows(session.store)
    if as_json:
        show_json([queue_document(row) for row in rows])
    else:
        show_table(_COLUMNS, [_cells(row) for row in rows])


def _cells(row: QueueRow) -> tuple[str, ...]:
    return (
        row.queue.name,
        str(row.waiting),
        str(row.active),
        "paused" if row.queue.paused else "open",
        "default" if row.is_default else "",
        ",".join(row.workers),
    )


@command("add", ExitCode.REFUSED, group=queue)
@_NAME
def add_queue(name: str) -> None:
    """Add a queue. `clearq worker set` makes a worker serve it."""
    with open_session() as session:
        operations.add_queue(session.store, name, now=time.time())
        session.tell_controller()


@command("remove", ExitCode.NOT_FOUND, ExitCode.REFUSED, group=queue)
@_NAME
@click.option("--force", is_flag=True, help="Also when tasks wait in it; they become drafts.")
def remove_queue(name: str, force: bool) -> None:
    """Remove a queue, also from the workers that serve it."""
    with open_session() as session:
        operations.remove_queue(session.store, name, force=force, now=time.time())
        session.tell_controller()


@command("pause", ExitCode.NOT_FOUND, group=queue)
@_NAME
def pause_queue(name: str) -> None:
    """Give out no more tasks of the queue; what runs goes on."""
    with open_session() as session:
        operations.pause(session.store, name, now=time.time())
        session.tell_controller()


@command("resume", ExitCode.NOT_FOUND, group=queue)
@_NAME
def resume_queue(name: str) -> None:
    """Give out tasks of the queue again."""
    with open_session() as session:
        operations.resume(session.store, name, now=time.time())
        session.tell_controller()


@command("rename", ExitCode.NOT_FOUND, ExitCode.REFUSED, group=queue)
@_NAME
@click.argument("new_name")
def rename_queue(name: str, new_name: str) -> None:
    """Give the queue another name; workers and tasks stay with it."""
    with open_session() as session:
        operations.rename_queue(session.store, name, new_name, now=time.time())
        session.tell_controller()


@command("default", ExitCode.NOT_FOUND, group=queue)
@_NAME
def set_default_queue(name: str) -> None:
    """Tasks for which no queue is named go to this one from now on."""
    with open_session() as session:
        operations.set_default(session.store, name, now=time.time())
        session.tell_controller()


@command("clear", ExitCode.NOT_FOUND, group=queue)
@_NAME
def clear_queue(name: str) -> None:
    """Take all waiting tasks out of the queue; they become drafts."""
    with open_session() as session:
        count = operations.clear(session.store, name, now=time.time())
        session.tell_controller()
    warn(f"{count} tasks of {name} are drafts now.")
