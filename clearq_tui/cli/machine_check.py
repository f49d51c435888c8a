"""`clearq machine check`."""

from __future__ import annotations

from typing import TypedDict

import click

from clearq_tui.cli.columns import Column
from clearq_tui.cli.command_types import command
from clearq_tui.cli.documents import keys
from clearq_tui.cli.exit_codes import ExitCode
from clearq_tui.cli.session import open_session
from clearq_tui.cli.terminal import show_json, show_table
from clearq_tui.model import ClearqError
from clearq_tui.operations import finding

_COLUMNS = (Column("STEP"), Column("RESULT"), Column("WHAT"))


class CheckDocument(TypedDict):
    """One step towards the machine, and how it went."""

    step: str
    ok: bool
    sentence: str


@command("check", ExitCode.NOT_FOUND, json_keys=keys(CheckDocument))
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
def check_machine(name: str, as_json: bool) -> None:
    """Try the way to a machine step by step.

    Another SSH implementation does it, to tell a fault of the machine from one of clearq. The
    steps after a failed one are not tried.
    """
    with open_session() as session:
        machine = finding.machine(session.store, name)
        known_hosts = session.home.known_hosts
    from clearq_tui.fleet.destination import destination_of
    from clearq_tui.fleet.machine_check import check_machine as steps_towards
    from clearq_tui.fleet.ssh_settings import surroundings_of_operator

    surroundings = surroundings_of_operator(known_hosts)
    steps = [
        CheckDocument(step=step.name, ok=step.ok, sentence=step.sentence)
        for step in steps_towards(destination_of(machine), surroundings)
    ]
    if as_json:
        show_json(steps)
    else:
        result = {True: "ok", False: "failed"}
        show_table(
            _COLUMNS, [(step["step"], result[step["ok"]], step["sentence"]) for step in steps]
        )
    for step in steps:
        if not step["ok"]:
            raise ClearqError(f"{name} failed at step {step['step']}: {step['sentence']}")
