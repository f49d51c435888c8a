"""How a command ends that was done to many tasks, some of which may have been refused."""

from __future__ import annotations

from click.exceptions import Exit

from clearq_tui.cli.exit_codes import ExitCode
from clearq_tui.cli.terminal import say, warn
from clearq_tui.operations.bulk import BulkReport
from clearq_tui.store import Store, tasks


def conclude(store: Store, report: BulkReport) -> None:
    """The ids that it was done to on stdout, a sentence for each other one on stderr.

    Raises:
        Exit: not found when all that was refused does not exist, else refused.
    """
    for task in report.done:
        say(str(task))
    for sentence in report.refused.values():
        warn(sentence)
    if report.refused:
        existing = any(tasks.get(store, task) for task in report.refused)
        raise Exit(ExitCode.REFUSED if existing else ExitCode.NOT_FOUND)
