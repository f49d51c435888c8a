"""`clearq machine …`."""

from __future__ import annotations

import time

import click

from clearq_tui.cli import host_key
from clearq_tui.cli.columns import Column
from clearq_tui.cli.command_types import NounGroup, command
from clearq_tui.cli.documents import MachineDetails, MachineDocument, keys, machine_document
from clearq_tui.cli.exit_codes import ExitCode
from clearq_tui.cli.machine_add import add_machine
from clearq_tui.cli.machine_check import check_machine
from clearq_tui.cli.machine_enrol import enrol_machine
from clearq_tui.cli.session import open_session
from clearq_tui.cli.terminal import say, show_facts, show_json, show_table
from clearq_tui.model import NETWORKS, Machine
from clearq_tui.operations import finding
from clearq_tui.operations import machines as operations
from clearq_tui.store import machines, workers
from clearq_tui.wording import age, moment

_COLUMNS = (
    Column("MACHINE"),
    Column("LINK"),
    Column("SINCE", right=True),
    Column("TRANSPORT"),
    Column("TARGET", shrinks=True),
    Column("REASON", shrinks=True),
)
_NAME = click.argument("name")


@click.group("machine", cls=NounGroup)
def machine() -> None:
    """List, add, check, trust machines."""


@command("list", group=machine, json_keys=keys(MachineDocument))
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
def list_machines(as_json: bool) -> None:
    """List all machines and how the controller stands with them."""
    with open_session() as session:
        rows = machines.rows(session.store)
    if as_json:
        show_json([machine_document(row) for row in rows])
    else:
        now = time.time()
        show_table(_COLUMNS, [_cells(row, now) for row in rows])


def _cells(row: Machine, now: float) -> tuple[str, ...]:
    return (
        row.name,
        "removing" if row.removing else row.link.value,
        age(row.link_since, now),
        row.transport,
        row.target,
        row.link_reason,
    )


@command("show", ExitCode.NOT_FOUND, group=machine, json_keys=keys(MachineDetails))
@_NAME
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
def show_machine(name: str, as_json: bool) -> None:
    """Show all that is known of a machine."""
    with open_session() as session:
        found = finding.machine(session.store, name)
        seats = [worker.name for worker in workers.of_machine(session.store, found.id)]
    if as_json:
        show_json(MachineDetails(**machine_document(found), workers=seats))
    else:
        show_facts(_facts(found, seats))


def _facts(found: Machine, seats: list[str]) -> list[tuple[str, str]]:
    waiting = host_key.pending_key(found).fingerprint if found.host_key else ""
    return [
        ("machine", found.name),
        ("link", "removing" if found.removing else found.link.value),
        ("reason", found.link_reason),
        ("since", moment(found.link_since)),
        ("host key", waiting),
        ("transport", found.transport),
        ("target", found.target),
        ("user", found.user or ""),
        ("port", str(found.port or "")),
        ("identity", found.identity or ""),
        ("jump", found.jump or ""),
        ("python", found.interpreter or ""),
        ("network", found.network),
        ("workers", ", ".join(seats)),
        *((name, _fact(value)) for name, value in found.facts.items()),
    ]


def _fact(value: object) -> str:
    import json

    return value if isinstance(value, str) else json.dumps(value)


machine.add_command(add_machine)
machine.add_command(check_machine)
machine.add_command(enrol_machine)


@command("trust", ExitCode.NOT_FOUND, ExitCode.REFUSED, group=machine)
@_NAME
def trust_machine(name: str) -> None:
    """Accept the host key that the machine showed.

    Compare first: `clearq machine show` has its fingerprint.
    """
    with open_session() as session:
        found = finding.machine(session.store, name)
        key = host_key.accept(session, found, time.time())
    say(f"Accepted {key.fingerprint} for {key.host}.")


@command("rename", ExitCode.NOT_FOUND, ExitCode.REFUSED, group=machine)
@_NAME
@click.argument("new_name")
def rename_machine(name: str, new_name: str) -> None:
    """Give the machine another name; its workers keep theirs."""
    with open_session() as session:
        operations.rename_machine(session.store, name, new_name, now=time.time())
        session.tell_controller()


@command("set", ExitCode.NOT_FOUND, group=machine)
@_NAME
@click.option(
    "--network",
    type=click.Choice(NETWORKS),
    required=True,
    help="Whence it gets packages: by itself, through the link, or as its routes suggest.",
)
def set_machine(name: str, network: str) -> None:
    """Change what clearq assumes of a machine."""
    with open_session() as session:
        operations.set_network(session.store, name, network, now=time.time())
        session.tell_controller()


@command("remove", ExitCode.NOT_FOUND, ExitCode.REFUSED, group=machine)
@_NAME
@click.option("--force", is_flag=True, help="At once, giving up what still runs there as lost.")
def remove_machine(name: str, force: bool) -> None:
    """Remove a machine with its workers.

    The controller removes the agent from it, and only then is it gone from the list.
    """
    with open_session() as session:
        operations.remove_machine(session.store, name, force=force, now=time.time())
        # One that waits for its agent's removal needs a controller to do it.
        session.tell_controller(start=machines.by_name(session.store, name) is not None)
