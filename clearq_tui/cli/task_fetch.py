"""`clearq task fetch`."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from pathlib import Path

import click
from click.exceptions import Exit

from clearq_tui.cli.attempt_choice import chosen_attempt
from clearq_tui.cli.command_types import command
from clearq_tui.cli.exit_codes import ExitCode
from clearq_tui.cli.fetch_progress import FetchProgress
from clearq_tui.cli.output_listing import current_listing, say_if_away
from clearq_tui.cli.references import ATTEMPT, AttemptReference
from clearq_tui.cli.session import Session, open_session
from clearq_tui.cli.terminal import say, warn
from clearq_tui.model import Attempt
from clearq_tui.operations import outputs as operations
from clearq_tui.output_places import local_path, whole_path
from clearq_tui.store.output_types import OutputFile, OutputState


@command("fetch", ExitCode.NOT_FOUND, ExitCode.REFUSED)
@click.argument("reference", metavar="TASK[.ATTEMPT]", type=ATTEMPT)
@click.argument("patterns", metavar="[PATTERN]...", nargs=-1)
@click.option(
    "--to",
    "directory",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Copy them there; else they stay where clearq keeps them.",
)
@click.option("--wait/--no-wait", default=True, help="Wait until they are here (the default).")
@click.option("--give-up", is_flag=True, help="Want those no more that are not here yet.")
def task_fetch(
    reference: AttemptReference,
    patterns: tuple[str, ...],
    directory: Path | None,
    wait: bool,
    give_up: bool,
) -> None:
    """Fetch what a task left below $CLEARQ_OUTPUT: all of it, or what matches a PATTERN.

    A PATTERN is a path, a directory, a file's name, or one of these with * and ?. Every file is
    checked by its hash. What is here already is not fetched again; what was cut off goes on where
    it stopped, by itself, also when this command is interrupted. Prints where each file is.
    """
    if directory is not None and not (wait and not give_up):
        raise click.UsageError("--to needs the files to be here: it goes with --wait alone.")
    with open_session() as session:
        attempt = chosen_attempt(session.store, reference)
        if give_up:
            _give_up(session, attempt, patterns)
            return
        try:
            chosen = _fetch(session, attempt, patterns, wait=wait)
        except KeyboardInterrupt:
            warn("No longer waiting; the files go on coming. The same command shows how far it is.")
            raise
        if wait:
            _conclude(session, chosen, directory)


def _give_up(session: Session, attempt: Attempt, patterns: Sequence[str]) -> None:
    name = (attempt.task, attempt.number)
    for file in operations.give_up(session.store, *name, patterns, now=time.time()):
        say(file.path)
    session.tell_controller()


def _fetch(
    session: Session, attempt: Attempt, patterns: Sequence[str], *, wait: bool
) -> list[OutputFile]:
    name = (attempt.task, attempt.number)
    current_listing(session, attempt)

    def is_here(file: OutputFile) -> bool:
        return whole_path(session.home, *name, file.path).is_file()

    asked = operations.fetch(session.store, *name, patterns, is_here=is_here, now=time.time())
    session.tell_controller(start=bool(asked.wanted))
    chosen = [*asked.here, *asked.wanted]
    if not wait or not asked.wanted:
        return chosen
    say_if_away(session, attempt)
    return FetchProgress(session, attempt, chosen).follow()


def _conclude(session: Session, chosen: Sequence[OutputFile], directory: Path | None) -> None:
    """Say where each file is; for those that are nowhere, why.

    Raises:
        Exit: failed, when one of them could not be had.
        OSError: it cannot be copied to the directory.
    """
    missing = False
    for file in chosen:
        if file.state is not OutputState.WHOLE:
            missing = True
            warn(f"{file.path}: {file.reason or 'It is not wanted any more.'}")
            continue
        place = whole_path(session.home, file.task, file.attempt, file.path)
        say(str(place if directory is None else _copied(place, directory, file)))
    if missing:
        raise Exit(ExitCode.FAILED)


def _copied(place: Path, directory: Path, file: OutputFile) -> Path:
    target = directory / local_path(file.path)
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f".clearq-{time.time_ns():x}")
    try:
        shutil.copy2(place, beside)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
    return target
