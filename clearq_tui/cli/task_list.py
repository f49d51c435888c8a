"""`clearq task list`."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator

import click

from clearq_tui.cli.columns import Column
from clearq_tui.cli.command_types import command
from clearq_tui.cli.documents import TaskDocument, keys, task_document
from clearq_tui.cli.exit_codes import ExitCode
from clearq_tui.cli.session import open_session
from clearq_tui.cli.terminal import is_terminal, say, show_json, show_table, warn
from clearq_tui.model import TaskState
from clearq_tui.operations import finding
from clearq_tui.shell_quoting import join
from clearq_tui.store import Store, tasks
from clearq_tui.store.tasks import TaskFilter, TaskRow, TaskSort
from clearq_tui.wording import duration

_WINDOW = 500
"""Rows read at once: a long list never stands in memory as a whole."""

_COLUMNS = (
    Column("ID", right=True),
    Column("STATE"),
    Column("QUEUE"),
    Column("WORKER"),
    Column("RAN", right=True),
    Column("EXIT", right=True),
    Column("NAME", shrinks=True),
    Column("COMMAND", shrinks=True),
    Column("REASON", shrinks=True),
)


@command("list", ExitCode.NOT_FOUND, json_keys=keys(TaskDocument))
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice([state.value for state in TaskState]),
    help="Only tasks in this state; may be repeated.",
)
@click.option("--queue", metavar="NAME", help="Only tasks of this queue.")
@click.option("--worker", metavar="NAME", help="Only tasks of this worker.")
@click.option("--machine", metavar="NAME", help="Only tasks of this machine.")
@click.option("--text", default="", help="Only tasks with these words in id, name or command.")
@click.option(
    "--sort",
    type=click.Choice([sort.value for sort in TaskSort]),
    default=TaskSort.ID.value,
    show_default=True,
)
@click.option(
    "--descending/--ascending", default=None, help="Default: newest ids first, others ascending."
)
@click.option("--offset", type=click.IntRange(min=0), default=0, help="Leave out the first ones.")
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True)
@click.option("--all", "everything", is_flag=True, help="No limit.")
@click.option("--ids", "only_ids", is_flag=True, help="Print nothing but ids, one a line.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
def list_tasks(
    states: tuple[str, ...],
    queue: str | None,
    worker: str | None,
    machine: str | None,
    text: str,
    sort: str,
    descending: bool | None,
    offset: int,
    limit: int,
    everything: bool,
    only_ids: bool,
    as_json: bool,
) -> None:
    """List tasks, newest first.

    The ids of failed tasks go to other commands like this:
    `clearq task list --state failed --all --ids | xargs clearq task retry`.
    """
    order = TaskSort(sort)
    backwards = order is TaskSort.ID if descending is None else descending
    with open_session() as session:
        store = session.store
        chosen = TaskFilter(
            states=frozenset(map(TaskState, states)),
            queue=None if queue is None else finding.queue(store, queue).id,
            worker=None if worker is None else finding.worker(store, worker).id,
            machine=None if machine is None else finding.machine(store, machine).id,
            text=text,
        )
        wanted = -1 if everything else limit
        if only_ids:
            for task in tasks.ids(store, chosen, order, backwards, offset, wanted):
                say(str(task))
            return
        rows = list(_rows(store, chosen, order, backwards, offset, wanted))
        total = tasks.count(store, chosen)
    if as_json:
        show_json([task_document(row) for row in rows])
        return
    now = time.time()
    show_table(_COLUMNS, [_cells(row, now) for row in rows])
    if len(rows) < total and is_terminal(sys.stderr):
        warn(f"{len(rows)} of {total} tasks are shown; --all shows every one.")


def _rows(
    store: Store,
    chosen: TaskFilter,
    order: TaskSort,
    descending: bool,
    offset: int,
    limit: int,
) -> Iterator[TaskRow]:
    while limit:
        window = _WINDOW if limit < 0 else min(limit, _WINDOW)
        rows = tasks.page(store, chosen, order, descending, offset, window)
        yield from rows
        if len(rows) < window:
            return
        offset += window
        limit -= window if limit > 0 else 0


def _cells(row: TaskRow, now: float) -> tuple[str, ...]:
    ran = None if row.started_at is None else (row.ended_at or now) - row.started_at
    return (
        str(row.task.id),
        row.task.state.value,
        row.queue_name or "",
        row.worker_name or "",
        duration(ran),
        "" if row.exit_code is None else str(row.exit_code),
        row.task.name,
        join(row.task.command),
        row.task.reason,
    )
