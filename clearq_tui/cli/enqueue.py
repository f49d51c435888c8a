"""`clearq enqueue`."""

from __future__ import annotations

import os
import sys
import time

import click
from click.exceptions import Exit

from clearq_tui.cli.code_options import AskedCode, code_options
from clearq_tui.cli.command_types import command
from clearq_tui.cli.environment_options import AskedEnvironment, environment_options
from clearq_tui.cli.exit_codes import ExitCode
from clearq_tui.cli.package_options import AskedPackages, package_options
from clearq_tui.cli.parameter_options import overridden, set_option
from clearq_tui.cli.scalar_option import scalar_option
from clearq_tui.cli.secret_options import AskedSecrets, secret_options
from clearq_tui.cli.session import Session, open_session
from clearq_tui.cli.terminal import say, warn
from clearq_tui.cli.unlocking import hand_over_or_warn, key_if_needed
from clearq_tui.cli.waiting import wait_for_end
from clearq_tui.model import NewTask
from clearq_tui.operations.tasks import enqueue as enqueue_task


@command(
    "enqueue",
    ExitCode.NOT_FOUND,
    ExitCode.REFUSED,
    ExitCode.LOST,
    ExitCode.NEVER_RAN,
    settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
@click.option("-q", "--queue", metavar="NAME", help="Instead of the default queue.")
@click.option("-n", "--name", default="", help="Shown in lists instead of the command.")
@click.option("--top", is_flag=True, help="Before all others in the queue.")
@click.option(
    "-e",
    "--env",
    "settings",
    metavar="KEY[=VALUE]",
    multiple=True,
    help="A variable for the task; without a value, the one it has here. May be repeated.",
)
@code_options
@package_options
@environment_options
@set_option
@scalar_option
@secret_options
@click.option("--no-start", is_flag=True, help="Start no controller when none runs.")
@click.option("--wait", is_flag=True, help="Wait until it has ended; exit with its exit code.")
@click.argument("words", metavar="COMMAND...", nargs=-1, required=True, type=click.UNPROCESSED)
def enqueue(
    queue: str | None,
    name: str,
    top: bool,
    settings: tuple[str, ...],
    no_start: bool,
    wait: bool,
    words: tuple[str, ...],
    code: AskedCode,
    asked: AskedEnvironment,
    packages: AskedPackages,
    overrides: dict[str, str],
    scalars: dict[str, str],
    secrets: AskedSecrets,
) -> None:
    """Queue a command with the code around it, and print the new task's id.

    The code is the whole git working tree as it is now, changes and untracked files included; the
    task never sees later edits. COMMAND is run as it stands, without a shell; for a pipeline say
    `clearq enqueue -- sh -c 'one | two'`.

    With --wait the exit code is that of the task's command, or 128 and the number of the signal
    that ended it.
    """
    if len(words) == 1 and " " in words[0]:
        warn("The command is one word with spaces and no shell will split it; see --help.")
    environment = dict(map(_variable, settings))
    with open_session() as session:
        uses = secrets.uses(session.home, asked.registry_secrets)
        key = key_if_needed(session.home, [*(use.name for use in uses), *asked.registry_secrets])
        snapshot = code.taken(session)
        plan = packages.added_to(session.store, asked.plan(), code, words, snapshot)
        new = NewTask(words, name, environment, snapshot, plan, secrets=uses, scalars=scalars)
        new = overridden(session, new, overrides)
        number = enqueue_task(session.store, new, queue, top, now=time.time())
        session.tell_controller(start=not no_start)
        hand_over_or_warn(session, key, start=not no_start)
        if not wait:
            say(str(number))
            return
        exit_code = _awaited(session, number)
    raise Exit(exit_code)


def _variable(setting: str) -> tuple[str, str]:
    key, equals, value = setting.partition("=")
    if not key:
        raise click.UsageError(f"--env {setting!r} has no name; expected KEY=VALUE.")
    if equals:
        return key, value
    if key not in os.environ:
        raise click.UsageError(f"--env {key}: there is no such variable here; say {key}=VALUE.")
    return key, os.environ[key]


def _awaited(session: Session, number: int) -> int:
    try:
        say(str(number))
        sys.stdout.flush()
        return wait_for_end(session.store, number)
    except KeyboardInterrupt:
        warn(f"No longer waiting; task #{number} goes on.")
        return ExitCode.INTERRUPTED
