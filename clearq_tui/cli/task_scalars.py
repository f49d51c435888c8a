"""`clearq task scalars`."""

from __future__ import annotations

import csv
import math
import sys
from collections.abc import Iterable, Mapping

import click

from clearq_tui.cli.attempt_choice import chosen_attempt
from clearq_tui.cli.columns import Column
from clearq_tui.cli.command_types import command
from clearq_tui.cli.exit_codes import ExitCode
from clearq_tui.cli.references import ATTEMPT, AttemptReference
from clearq_tui.cli.session import open_session
from clearq_tui.cli.terminal import show_json, show_table, warn
from clearq_tui.model import Attempt
from clearq_tui.operations import finding
from clearq_tui.safe_text import one_line
from clearq_tui.scalars import Board, Found, ScalarFiles, Series
from clearq_tui.ui.widgets.blocks import sparkline

_COLUMNS = (
    Column("SCALAR", shrinks=True),
    Column("LATEST", right=True),
    Column("STEP", right=True),
    Column("LEAST", right=True),
    Column("GREATEST", right=True),
    Column("VALUES", right=True),
    Column("HISTORY"),
)
_HISTORY = 30
"""Characters."""


@command("scalars", ExitCode.NOT_FOUND, json_keys=("task", "attempt", "scalars", "problems"))
@click.argument("reference", metavar="TASK[.ATTEMPT]", type=ATTEMPT)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object, with every value.")
@click.option("--csv", "as_csv", is_flag=True, help="Print name,step,value,time, one value a line.")
def task_scalars(reference: AttemptReference, as_json: bool, as_csv: bool) -> None:
    """Show the scalars of a task: its latest attempt, or the one that is named.

    They are what the task wrote to $CLEARQ_SCALARS, lines such as {"step": 10, "loss": 0.3}, and
    what the expressions that it was queued with (--scalar) find in its log.
    """
    if as_json and as_csv:
        raise click.UsageError("Say --json or --csv, not both.")
    with open_session() as session:
        attempt = chosen_attempt(session.store, reference)
        patterns = finding.task(session.store, attempt.task).scalars
        name = (attempt.task, attempt.number)
        home = session.home
    files = ScalarFiles(home.attempt_scalars(*name), home.attempt_log(*name), patterns)
    if as_csv:
        _show_csv(files.rest())
    elif as_json:
        found = list(files.rest())
        show_json(_document(attempt, found, files.problems()))
        return
    else:
        _show_board(attempt, files)
    for problem in files.problems():
        warn(problem)


def _show_csv(found: Iterable[Found]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(("name", "step", "value", "time"))
    for name, (step, value, time) in found:
        writer.writerow((one_line(name), f"{step:.15g}", repr(value), "" if time is None else time))


def _document(
    attempt: Attempt, found: Iterable[Found], problems: list[str]
) -> Mapping[str, object]:
    """JSON has no NaN: what is not finite is null, as what is not known elsewhere."""
    scalars: dict[str, list[list[float | None]]] = {}
    for name, (step, value, time) in found:
        points = scalars.setdefault(name, [])
        points.append([step, value if math.isfinite(value) else None, time])
    return {
        "task": attempt.task,
        "attempt": attempt.number,
        "scalars": {name: {"points": points} for name, points in scalars.items()},
        "problems": problems,
    }


def _show_board(attempt: Attempt, files: ScalarFiles) -> None:
    board = Board()
    board.take(files.rest())
    if not board.series:
        warn(f"#{attempt.name} has told no scalars.")
        return
    show_table(_COLUMNS, [_cells(name, series) for name, series in board.series.items()])
    if board.left_out:
        warn(f"Only the first {len(board.series)} scalars are shown.")


def _cells(name: str, series: Series) -> tuple[str, ...]:
    latest = series.latest
    least, greatest = series.least, series.greatest
    return (
        name,
        "" if latest is None else f"{latest.value:.6g}",
        "" if latest is None else f"{latest.step:.15g}",
        "" if least is None else f"{least:.6g}",
        "" if greatest is None else f"{greatest:.6g}",
        str(series.count),
        sparkline(series.values(_HISTORY), _HISTORY, low=least or 0.0, high=greatest),
    )
