"""`clearq worker …`."""

from __future__ import annotations

import time

import click

from clearq_tui.cli.columns import Column
from clearq_tui.cli.command_types import NounGroup, command
from clearq_tui.cli.documents import WorkerDocument, keys, worker_document
from clearq_tui.cli.environment_options import AskedEnvironment, environment_options
from clearq_tui.cli.exit_codes import ExitCode
from clearq_tui.cli.session import open_session
from clearq_tui.cli.terminal import show_json, show_table
from clearq_tui.model import Policy
from clearq_tui.operations import finding
from clearq_tui.operations import workers as operations
from clearq_tui.store import Store, queues, workers
from clearq_tui.store.workers import WorkerRow
from clearq_tui.wording import age

_COLUMNS = (
    Column("WORKER"),
    Column("MACHINE"),
    Column("LINK"),
    Column("SINCE", right=True),
    Column("SLOTS", right=True),
    Column("TAKES"),
    Column("QUEUES", shrinks=True),
    Column("TASKS", shrinks=True),
)
_NAME = click.argument("name")
_SLOTS = click.IntRange(min=0)
_POLICY = click.Choice([policy.value for policy in Policy])
_NOT_HERE = (ExitCode.NOT_FOUND, ExitCode.REFUSED)


@click.group("worker", cls=NounGroup)
def worker() -> None:
    """List, add, drain, change workers."""


@command("list", group=worker, json_keys=keys(WorkerDocument))
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
def list_workers(as_json: bool) -> None:
    """List all workers: their machine's link, their queues, the tasks in their slots."""
    with open_session() as session:
        rows = workers.rows(session.store)
    if as_json:
        show_json([worker_document(row) for row in rows])
    else:
        now = time.time()
        show_table(_COLUMNS, [_cells(row, now) for row in rows])


def _cells(row: WorkerRow, now: float) -> tuple[str, ...]:
    return (
        row.worker.name,
        row.machine_name,
        row.link.value,
        age(row.link_since, now),
        f"{len(row.tasks)}/{row.worker.slots}",
        "draining" if row.worker.draining else row.worker.policy.value,
        ",".join(row.queues),
        ",".join(f"#{task}" for task, _ in row.tasks),
    )


@command("add", *_NOT_HERE, group=worker)
@_NAME
@click.option("--machine", metavar="NAME", required=True, help="Where it sits.")
@click.option("--slots", type=_SLOTS, default=1, show_default=True, help="Tasks at once.")
@click.option(
    "--queue",
    "served",
    metavar="NAME",
    multiple=True,
    help="A queue that it serves, instead of the default one; repeated: first served first.",
)
@click.option("--policy", type=_POLICY, default=Policy.STRICT.value, show_default=True)
@environment_options
def add_worker(
    name: str,
    machine: str,
    slots: int,
    served: tuple[str, ...],
    policy: str,
    asked: AskedEnvironment,
) -> None:
    """Add a worker to a machine."""
    with open_session() as session:
        operations.add_worker(
            session.store,
            name,
            machine,
            slots,
            served,
            Policy(policy),
            asked.plan(),
            now=time.time(),
        )
        session.tell_controller()


@command("remove", *_NOT_HERE, group=worker)
@_NAME
def remove_worker(name: str) -> None:
    """Remove a worker; not while it holds tasks."""
    with open_session() as session:
        operations.remove_worker(session.store, name, now=time.time())
        session.tell_controller()


@command("drain", ExitCode.NOT_FOUND, group=worker)
@_NAME
def drain_worker(name: str) -> None:
    """Let the worker finish what runs and take nothing new."""
    with open_session() as session:
        operations.drain(session.store, name, now=time.time())
        session.tell_controller()


@command("undrain", ExitCode.NOT_FOUND, group=worker)
@_NAME
def undrain_worker(name: str) -> None:
    """Let the worker take tasks again."""
    with open_session() as session:
        operations.undrain(session.store, name, now=time.time())
        session.tell_controller()


@command("set", *_NOT_HERE, group=worker)
@_NAME
@click.option("--name", "new_name", help="Another name.")
@click.option("--slots", type=_SLOTS, help="Tasks at once; those beyond it run to their end.")
@click.option(
    "--queue",
    "served",
    metavar="NAME",
    multiple=True,
    help="The queues that it serves from now on; repeated: first served first.",
)
@click.option("--policy", type=_POLICY, help="In which order it takes from its queues.")
@environment_options
def set_worker(
    name: str,
    new_name: str | None,
    slots: int | None,
    served: tuple[str, ...],
    policy: str | None,
    asked: AskedEnvironment,
) -> None:
    """Change a worker.

    What is given empty is taken away: --python '', --setup /dev/null, --system-package ''.
    """
    if not (new_name or slots is not None or served or policy or asked.says_anything):
        raise click.UsageError("Say what to change: --name, --slots, --queue, --policy, --mode …")
    now = time.time()
    with open_session() as session:
        store = session.store
        present = _served(store, name)
        for queue in served:
            finding.queue(store, queue)  # nothing is changed when one of them is unknown
        if slots is not None:
            operations.set_slots(store, name, slots, now=now)
        if served or policy:
            wanted = Policy(policy) if policy else None
            operations.set_queues(store, name, served or present, wanted, now=now)
        if asked.says_anything:
            plan = asked.over(finding.worker(store, name).plan)
            operations.set_plan(store, name, plan, now=now)
        if new_name:
            operations.rename_worker(store, name, new_name, now=now)
        session.tell_controller()


def _served(store: Store, name: str) -> tuple[str, ...]:
    names = {queue.id: queue.name for queue in queues.all_queues(store)}
    return tuple(names[queue] for queue in finding.worker(store, name).queues)
