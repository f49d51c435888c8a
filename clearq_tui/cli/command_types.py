"""The two kinds of click command that clearq is made of.

A `Command` says in its help which exit codes it has. The `LazyGroup` knows its nouns by name and
one line of help, and imports a noun's module when it is really used: that keeps every command
as quick as the few modules it needs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import NamedTuple

import click

from clearq_tui.cli.exit_codes import ExitCode, explain
from clearq_tui.cli.failures import OutputClosed


class Command(click.Command):
    """A command whose help ends with its exit codes and the keys of its JSON."""

    exit_codes: tuple[ExitCode, ...] = ()
    """Those beyond what every command may end with."""
    json_keys: tuple[str, ...] = ()
    """The stable keys of what `--json` prints."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The epilog, the JSON keys and the exit codes."""
        super().format_epilog(ctx, formatter)
        if self.json_keys:
            with formatter.section("JSON keys"):
                formatter.write_text(", ".join(self.json_keys))
        with formatter.section("Exit codes"):
            formatter.write_dl(explain(self.exit_codes))


class NounGroup(click.Group):
    """`clearq machine …`: all commands of one noun, in the order in which they are defined."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """The order of the source: most used first."""
        return list(self.commands)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The exit codes that every command shares."""
        super().format_epilog(ctx, formatter)
        with formatter.section("Exit codes"):
            formatter.write_dl(explain((ExitCode.NOT_FOUND, ExitCode.REFUSED)))


class LazyCommand(NamedTuple):
    """Where a command lives, and its line in the list of commands."""

    place: str
    """`module:attribute`."""
    help: str


class LazyGroup(click.Group):
    """The root command: imports a subcommand's module when that subcommand is used."""

    lazy: Mapping[str, LazyCommand] = {}

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """All names, most used first, nothing imported."""
        return list(self.lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command itself, imported now."""
        if cmd_name not in self.lazy:
            return None
        module, _, attribute = self.lazy[cmd_name].place.partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command of the first word.

        Raises:
            click.UsageError: there is none; names the nearest.
        """
        if args[0] not in self.lazy and not args[0].startswith("-"):
            import difflib  # only for whoever mistyped

            near = difflib.get_close_matches(args[0], self.lazy, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise click.UsageError(f"There is no command {args[0]!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The list of commands, from the lines that are known without importing."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, lazy.help) for name, lazy in self.lazy.items()])

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The epilog and all exit codes."""
        super().format_epilog(ctx, formatter)
        with formatter.section("Exit codes"):
            formatter.write_dl(explain(tuple(ExitCode)))

    def invoke(self, ctx: click.Context) -> object:
        """Run, telling a closed pipe from other errors before click swallows it."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise OutputClosed from error


def command(
    name: str,
    *exit_codes: ExitCode,
    group: click.Group | None = None,
    json_keys: tuple[str, ...] = (),
    settings: Mapping[str, bool] | None = None,
) -> Callable[[Callable[..., object]], Command]:
    """Make a function the command of that name, one of the group's where there is one.

    `settings` are click's for the parsing of this command's options.
    """

    def register(function: Callable[..., object]) -> Command:
        made = click.command(name, cls=Command, context_settings=dict(settings or {}))(function)
        made.exit_codes, made.json_keys = exit_codes, json_keys
        if group is not None:
            group.add_command(made)
        return made

    return register
