"""How the command line names tasks and attempts: `8123`, `#8123`, `8123.2`."""

from __future__ import annotations

from typing import NamedTuple

import click

from clearq_tui.model import parse_attempt_name

_LARGEST = (1 << 63) - 1


class AttemptReference(NamedTuple):
    """A task, and one of its attempts where the operator named one."""

    task: int
    attempt: int | None


class TaskReference(click.ParamType[int]):
    """`8123` or `#8123`."""

    name = "task"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """The task's id.

        Raises:
            click.BadParameter: the text is not a task's number.
        """
        text = str(value).removeprefix("#")
        if not (text.isascii() and text.isdigit()) or int(text) > _LARGEST:
            self.fail(f"{value!r} is not a task's number; expected something like 8123", param, ctx)
        return int(text)


class AttemptName(click.ParamType[AttemptReference]):
    """`8123`, `#8123`, or `8123.2`."""

    name = "task[.attempt]"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> AttemptReference:
        """The task and, where it was named, the attempt.

        Raises:
            click.BadParameter: the text names neither.
        """
        if isinstance(value, AttemptReference):
            return value
        text = str(value).removeprefix("#")
        if "." not in text:
            return AttemptReference(TASK.convert(value, param, ctx), None)
        try:
            return AttemptReference(*parse_attempt_name(text))
        except ValueError as error:
            self.fail(str(error), param, ctx)


TASK = TaskReference()
ATTEMPT = AttemptName()
