"""`clearq task outputs`."""

from __future__ import annotations

import click

from clearq_tui.cli.attempt_choice import chosen_attempt
from clearq_tui.cli.columns import Column
from clearq_tui.cli.command_types import command
from clearq_tui.cli.exit_codes import ExitCode
from clearq_tui.cli.output_documents import OutputsDocument, outputs_document
from clearq_tui.cli.output_listing import current_listing
from clearq_tui.cli.references import ATTEMPT, AttemptReference
from clearq_tui.cli.session import open_session
from clearq_tui.cli.terminal import show_json, show_table, warn
from clearq_tui.store import outputs
from clearq_tui.store.output_types import OutputFile
from clearq_tui.wording import moment, size

_PATIENCE = 10.0
"""Seconds that a machine has to say what a running task has left by now."""
_COLUMNS = (
    Column("PATH", shrinks=True),
    Column("SIZE", right=True),
    Column("CHANGED"),
    Column("STATE"),
    Column("REASON", shrinks=True),
)


@command(
    "outputs",
    ExitCode.NOT_FOUND,
    ExitCode.REFUSED,
    json_keys=tuple(OutputsDocument.__annotations__),
)
@click.argument("reference", metavar="TASK[.ATTEMPT]", type=ATTEMPT)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
def task_outputs(reference: AttemptReference, as_json: bool) -> None:
    """List what a task left below $CLEARQ_OUTPUT: its latest attempt, or the one that is named.

    STATE is `listed` for a file on the machine alone, `wanted` for one that is on its way,
    `whole` for one that is on this laptop too. While the task runs, its machine is asked anew.
    """
    with open_session() as session:
        attempt = chosen_attempt(session.store, reference)
        listing = current_listing(session, attempt, _PATIENCE)
        found = outputs.files(session.store, attempt.task, attempt.number)
        if as_json:
            show_json(outputs_document(session.home, attempt, listing, found))
            return
    if found:
        show_table(_COLUMNS, [_cells(file) for file in found])
    else:
        warn(f"#{attempt.name} has left no output, as far as its machine has said.")
    if listing.note:
        warn(listing.note)


def _cells(file: OutputFile) -> tuple[str, ...]:
    return (
        file.path,
        size(file.size),
        moment(file.modified / 1e9),
        file.state.value,
        file.reason,
    )
