"""`clearq task show`."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping

import click

from clearq_tui.cli.columns import Column
from clearq_tui.cli.command_types import command
from clearq_tui.cli.documents import (
    AttemptDocument,
    EventDocument,
    TaskDetails,
    attempt_document,
    details,
    event_document,
    keys,
)
from clearq_tui.cli.exit_codes import ExitCode
from clearq_tui.cli.overridden_facts import overridden_facts
from clearq_tui.cli.references import TASK
from clearq_tui.cli.session import open_session
from clearq_tui.cli.terminal import say, show_facts, show_json, show_table
from clearq_tui.environment_plan import plan_from_json
from clearq_tui.model import Attempt
from clearq_tui.operations import finding
from clearq_tui.shell_quoting import join, quote
from clearq_tui.store import Store, attempts, events, machines, queues, workers
from clearq_tui.store.tasks import TaskRow
from clearq_tui.wording import duration, moment

_ATTEMPTS = (
    Column("ATTEMPT", right=True),
    Column("STATE"),
    Column("WORKER"),
    Column("STARTED"),
    Column("RAN", right=True),
    Column("EXIT", right=True),
    Column("REASON", shrinks=True),
)
_STEPS = (Column("STEP"), Column("TOOK", right=True), Column("STATE"))
_EVENTS = (
    Column("AT"),
    Column("WHO"),
    Column("WHAT"),
    Column("FROM"),
    Column("TO"),
    Column("WHY", shrinks=True),
)


@command("show", ExitCode.NOT_FOUND, json_keys=keys(TaskDetails))
@click.argument("number", metavar="TASK", type=TASK)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
def show_task(number: int, as_json: bool) -> None:
    """Show all that is known of a task: what it runs, its attempts, its history."""
    with open_session() as session, session.store.reading():
        shown = _details(session.store, number)
        task = finding.task(session.store, number)
    if as_json:
        show_json(shown)
        return
    secrets = [("secret", use.in_words) for use in task.secrets]
    show_facts([*_facts(shown), *secrets, *overridden_facts(task, session.home)])
    if shown["attempts"]:
        say()
        show_table(_ATTEMPTS, [_attempt_cells(attempt) for attempt in shown["attempts"]])
        if steps := shown["attempts"][-1]["steps"]:
            say()
            show_table(_STEPS, [_step_cells(step) for step in steps])
    say()
    show_table(_EVENTS, [_event_cells(event) for event in shown["events"]])


def _details(store: Store, number: int) -> TaskDetails:
    task = finding.task(store, number)
    tries = attempts.of_task(store, number)
    latest = tries[-1] if tries and tries[-1].number == task.attempt else None
    worker = None if task.worker is None else workers.by_id(store, task.worker)
    row = TaskRow(
        task=task,
        queue_name=_queue_name(store, task.queue),
        worker_name=worker.name if worker else None,
        machine_name=_machine_name(store, worker.machine) if worker else None,
        started_at=latest.started_at if latest else None,
        ended_at=latest.ended_at if latest else None,
    )
    return details(
        row,
        [_attempt_document(store, attempt) for attempt in tries],
        [event_document(event) for event in reversed(events.of_task(store, number))],
    )


def _attempt_document(store: Store, attempt: Attempt) -> AttemptDocument:
    worker = workers.by_id(store, attempt.worker)
    return attempt_document(
        attempt, worker.name if worker else None, _machine_name(store, attempt.machine)
    )


def _queue_name(store: Store, queue: int | None) -> str | None:
    found = None if queue is None else queues.by_id(store, queue)
    return found.name if found else None


def _machine_name(store: Store, machine: int) -> str | None:
    found = machines.by_id(store, machine)
    return found.name if found else None


def _facts(shown: TaskDetails) -> list[tuple[str, str]]:
    code = shown["code"]
    changed = code and ", ".join(
        f"{code[kind]} {kind}" for kind in ("staged", "unstaged", "untracked") if code[kind]
    )
    environment = shown["environment"].items()
    return [
        ("task", f"#{shown['id']}"),
        ("name", shown["name"]),
        ("state", shown["state"]),
        ("reason", shown["reason"]),
        ("queue", shown["queue"] or ""),
        ("worker", shown["worker"] or ""),
        ("exit code", "" if shown["exit_code"] is None else str(shown["exit_code"])),
        ("created", moment(shown["created_at"])),
        ("clone of", f"#{shown['clone_of']}" if shown["clone_of"] else ""),
        ("command", join(shown["command"])),
        ("commit", f"{code['commit'] or '(none)'} {code['branch'] or ''}" if code else ""),
        ("changes", changed or ""),
        ("directory", str(code["subdirectory"]) if code else ""),
        *plan_from_json(json.dumps(shown["plan"])).facts(),
        *(("environment", f"{name}={quote(value)}") for name, value in environment),
    ]


def _attempt_cells(attempt: AttemptDocument) -> tuple[str, ...]:
    started, ended = attempt["started_at"], attempt["ended_at"]
    ran = None if started is None else (ended or time.time()) - started
    return (
        str(attempt["number"]),
        attempt["state"],
        attempt["worker"] or "",
        moment(started),
        duration(ran),
        "" if attempt["exit_code"] is None else str(attempt["exit_code"]),
        attempt["reason"],
    )


def _step_cells(step: Mapping[str, object]) -> tuple[str, ...]:
    seconds = step["seconds"]
    state = "failed" if step["failed"] else "under way" if seconds is None else "done"
    return (str(step["name"]), "" if seconds is None else f"{seconds:.2f} s", state)


def _event_cells(event: EventDocument) -> tuple[str, ...]:
    return (
        moment(event["at"]),
        event["who"],
        event["what"],
        event["before"],
        event["after"],
        event["why"],
    )
