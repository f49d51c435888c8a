"""`clearq task parameters`."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

import click

from clearq_tui.cli.columns import Column
from clearq_tui.cli.command_types import command
from clearq_tui.cli.documents import keys
from clearq_tui.cli.exit_codes import ExitCode
from clearq_tui.cli.references import TASK
from clearq_tui.cli.session import open_session
from clearq_tui.cli.terminal import show_json, show_table, warn
from clearq_tui.operations import finding

if TYPE_CHECKING:
    from clearq_tui.parameters import Parameter

_COLUMNS = (
    Column("PARAMETER"),
    Column("VALUE", shrinks=True),
    Column("ORIGINAL", shrinks=True),
    Column("TYPE"),
    Column("FOUND IN"),
    Column("HELP", shrinks=True),
)


class ParameterDocument(TypedDict):
    """One parameter; what is not known is null."""

    target: str
    name: str
    kind: str
    type: str
    default: str | None
    choices: list[str]
    help: str
    value: str | None
    given: bool
    override: str | None
    origin: str


@command("parameters", ExitCode.NOT_FOUND, json_keys=keys(ParameterDocument))
@click.argument("number", metavar="TASK", type=TASK)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
def task_parameters(number: int, as_json: bool) -> None:
    """Show what can be set of a task, and what is overridden in it.

    Parameters are found in its command, in its program's source (which is read, not run), in the
    YAML, JSON and TOML files of its code, and in its environment. `clearq task clone TASK --set
    NAME=VALUE` makes a task with another value.
    """
    with open_session() as session:
        task = finding.task(session.store, number)
        from clearq_tui.operations.parameters import find_parameters
        from clearq_tui.parameters import with_overrides

        found = find_parameters(task, session.home)
    rows = [_document(*pair) for pair in with_overrides(found, task.overrides)]
    if as_json:
        show_json(rows)
        return
    for note in found.notes:
        warn(note)
    if not rows:
        warn(f"No parameters were found for task #{number}.")
        return
    show_table(_COLUMNS, [_cells(row) for row in rows])


def _document(one: Parameter, override: str | None) -> ParameterDocument:
    return ParameterDocument(
        target=one.target,
        name=one.name,
        kind=one.kind.value,
        type=one.type,
        default=one.default,
        choices=list(one.choices),
        help=one.help,
        value=one.value,
        given=one.given,
        override=override,
        origin=one.origin,
    )


def _cells(row: ParameterDocument) -> tuple[str, ...]:
    original = row["value"] or ""
    is_changed = row["override"] is not None
    return (
        row["target"],
        (row["override"] or "''") if is_changed else original,
        original if is_changed else "",
        row["type"],
        row["origin"],
        row["help"] or (f"one of {', '.join(row['choices'])}" if row["choices"] else ""),
    )
