"""`clearq status`: everything on one screen."""

from __future__ import annotations

import time
from typing import TypedDict

import click

from clearq_tui import feed
from clearq_tui.cli.command_types import command
from clearq_tui.cli.documents import (
    MachineDocument,
    QueueDocument,
    WorkerDocument,
    keys,
    machine_document,
    queue_document,
    worker_document,
)
from clearq_tui.cli.session import Session, open_session
from clearq_tui.cli.terminal import show_json
from clearq_tui.model import TaskState
from clearq_tui.store import machines, queues, workers


class StatusDocument(TypedDict):
    """The whole cluster at one moment."""

    controller: int | None
    """The controller's pid."""
    tasks: dict[str, int]
    """How many are in each state."""
    machines: list[MachineDocument]
    workers: list[WorkerDocument]
    queues: list[QueueDocument]


@command("status", json_keys=keys(StatusDocument))
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
def status(as_json: bool) -> None:
    """Show everything on one screen: controller, machines, workers, queues, tasks."""
    with open_session() as session:
        document = _document(session)
    if as_json:
        show_json(document)
        return
    from clearq_tui.cli.status_screen import show

    show(document, time.time())


def _document(session: Session) -> StatusDocument:
    store = session.store
    with store.reading():
        counts = queues.counts(store)
        return StatusDocument(
            controller=feed.controller_pid(session.home),
            tasks={state.value: counts.get(state, 0) for state in TaskState},
            machines=[machine_document(row) for row in machines.rows(store)],
            workers=[worker_document(row) for row in workers.rows(store)],
            queues=[queue_document(row) for row in queues.rows(store)],
        )
