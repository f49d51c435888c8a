"""The options that give a task secrets."""

from __future__ import annotations

from dataclasses import dataclass

import click

from clearq_tui.cli.gathered_options import gathered
from clearq_tui.model import SecretUse
from clearq_tui.paths import Home

_OPTIONS = (
    click.option(
        "--secret", "secrets", multiple=True, metavar="NAME[=VARIABLE]",
        help="A secret for the task, in the variable of its name or another; may be repeated.",
    ),
    click.option(
        "--secret-file", "secret_files", multiple=True, metavar="NAME[=VARIABLE]",
        help="The same in a file, in memory alone; the variable has its path.",
    ),
)  # fmt: skip


@dataclass(frozen=True)
class AskedSecrets:
    """What the options said."""

    secrets: tuple[str, ...]
    secret_files: tuple[str, ...]

    def uses(self, home: Home, others: tuple[str, ...] = ()) -> tuple[SecretUse, ...]:
        """The secrets that the task gets. `others` are needed too, but not by the task itself.

        Raises:
            NoSuchSecret: there is none of such a name.
            click.UsageError: a variable cannot be called so, or would hold two of them.
        """
        if not (self.secrets or self.secret_files or others):
            return ()
        from clearq_tui.secrets import SecretKeeping  # for few commands

        uses = tuple(
            _use(said, kind)
            for kind, all_said in (("variable", self.secrets), ("file", self.secret_files))
            for said in all_said
        )
        SecretKeeping(home).check([*(use.name for use in uses), *others])
        targets = [use.target for use in uses]
        for target in targets:
            if targets.count(target) > 1:
                raise click.UsageError(f"The variable {target} cannot hold two secrets.")
        return uses


secret_options = gathered(_OPTIONS, AskedSecrets, "secrets")
"""Gives a command the options; it gets them as the argument `secrets`."""


def _use(said: str, kind: str) -> SecretUse:
    from clearq_tui.secrets import check_name, is_variable

    name, equals, target = said.partition("=")
    check_name(name)
    variable = target if equals else name
    if not is_variable(variable):
        raise click.UsageError(
            f"{variable!r} cannot be a variable's name; say {name}=VARIABLE, such as {name}=TOKEN."
        )
    return SecretUse(name, kind, variable)
