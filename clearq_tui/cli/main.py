"""The `clearq` command: alone it opens the terminal interface, with a noun it does one thing."""

from __future__ import annotations

import sys
from typing import Final

import click

from clearq_tui.cli.command_types import LazyCommand, LazyGroup
from clearq_tui.cli.failures import run

_CLI: Final = "clearq_tui.cli"

COMMANDS: Final = {
    "enqueue": LazyCommand(f"{_CLI}.enqueue:enqueue", "Queue a command, with the code around it."),
    "status": LazyCommand(f"{_CLI}.status:status", "Everything on one screen."),
    "logs": LazyCommand(f"{_CLI}.logs:logs", "Show or follow what a task wrote."),
    "task": LazyCommand(f"{_CLI}.task:task", "List, show, abort, clone, move tasks."),
    "queue": LazyCommand(f"{_CLI}.queue:queue", "List, add, pause, rename queues."),
    "worker": LazyCommand(f"{_CLI}.worker:worker", "List, add, drain, change workers."),
    "machine": LazyCommand(f"{_CLI}.machine:machine", "List, add, check, trust machines."),
    "secret": LazyCommand(f"{_CLI}.secret:secret", "Set, list, unlock secrets for tasks."),
    "up": LazyCommand(f"{_CLI}.control:up", "Run the controller in the foreground."),
    "down": LazyCommand(f"{_CLI}.control:down", "Stop the controller; machines carry on."),
    "demo": LazyCommand(f"{_CLI}.control:demo", "Try clearq on embedded machines."),
}


class Root(LazyGroup):
    """All of clearq's commands."""

    lazy = COMMANDS


@click.command(
    cls=Root,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=(
        "CLEARQ_HOME moves everything that clearq keeps. NO_COLOR switches colours off. "
        'Completion: eval "$(_CLEARQ_COMPLETE=bash_source clearq)", or zsh_source, fish_source.'
    ),
)
@click.version_option(package_name="clearq-tui", prog_name="clearq")
@click.pass_context
def clearq(context: click.Context) -> None:
    """Task queues for machines that can be reached only by SSH.

    Without a command, opens the terminal interface.
    """
    if context.invoked_subcommand is None:
        from clearq_tui.cli.control import open_interface

        open_interface()


def main() -> None:
    """The console script."""
    sys.exit(run(lambda: clearq.main(prog_name="clearq", standalone_mode=False)))
