"""The options that say which Python packages a task needs, where its code does not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import click

from clearq_tui.cli.code_options import AskedCode, files_of
from clearq_tui.cli.gathered_options import gathered
from clearq_tui.environment_plan import EnvironmentPlan
from clearq_tui.store import Store

_OPTIONS = (
    click.option(
        "-p", "--package", "chosen", multiple=True, metavar="REQUIREMENT",
        help="A Python package, instead of those that the code asks for; may be repeated.",
    ),
    click.option(
        "--requirements", "requirements_file", metavar="FILE",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="A requirements file, instead of what the code asks for.",
    ),
    click.option(
        "--extra", "extras", multiple=True, metavar="NAME",
        help="An extra of the project; may be repeated.",
    ),
    click.option(
        "--group", "groups", multiple=True, metavar="NAME",
        help="A dependency group of the project; may be repeated.",
    ),
)  # fmt: skip


@dataclass(frozen=True)
class AskedPackages:
    """What the options said."""

    chosen: tuple[str, ...]
    requirements_file: Path | None
    extras: tuple[str, ...]
    groups: tuple[str, ...]

    def added_to(
        self,
        store: Store,
        plan: EnvironmentPlan,
        code: AskedCode,
        words: tuple[str, ...],
        kept: str,
    ) -> EnvironmentPlan:
        """The plan with the packages that the options or the code ask for.

        Args:
            store: its workers may install packages, or none of them.
            plan: what the other options said.
            code: where the code comes from.
            words: the task's command.
            kept: what the task keeps of its code.

        Raises:
            ClearqError: a file that names them makes no sense, or the code cannot be read.
        """
        from clearq_tui.operations.plans import find_packages, may_install, script_of

        if code.no_code and not (self.chosen or self.requirements_file):
            return plan
        if not (self.chosen or self.requirements_file or may_install(store, plan)):
            return plan
        with files_of(code, kept) as directory:
            found = find_packages(
                store,
                plan,
                directory,
                script=script_of(directory, words),
                chosen=self.chosen,
                requirements_file=self.requirements_file,
                extras=self.extras,
                groups=self.groups,
            )
        return plan if found is None else replace(plan, packages=found)


package_options = gathered(_OPTIONS, AskedPackages, "packages")
"""Gives a command the options; it gets them as the argument `packages`."""
