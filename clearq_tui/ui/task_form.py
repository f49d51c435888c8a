"""What is typed into the form of a task, and what it means. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from clearq_tui.model import Refused, Task
from clearq_tui.shell_quoting import join, quote

_OPERATORS: Final = frozenset("|&;<>()*?~#\n")
"""What a shell reads as more than a word, outside quotes."""
_ANYWHERE: Final = frozenset("$`")
"""What a shell reads as more, in double quotes too."""
_SHELL: Final = ("sh", "-c")


@dataclass(frozen=True)
class Command:
    """The words that a machine runs."""

    words: tuple[str, ...]
    by_shell: bool
    """The line needs a shell, and is given to `sh -c`."""


def read_command(line: str) -> Command:
    """The command that a line means: its words, or `sh -c` where it needs a shell.

    Raises:
        Refused: there is nothing in it, or a quote is not closed.
    """
    if not line.strip():
        raise Refused("Say what the task is to run, such as: python train.py --lr 0.1")
    try:
        words = tuple(shlex.split(line))
    except ValueError as error:
        raise Refused(f"The command cannot be read: {str(error).lower()}.") from error
    if needs_shell(line):
        return Command((*_SHELL, line.strip()), by_shell=True)
    return Command(words, by_shell=False)


def needs_shell(line: str) -> bool:
    """Whether a shell would do more with the line than split it into words."""
    quoted = ""
    escaped = False
    for character in line:
        if escaped:
            escaped = False
        elif character == "\\" and quoted != "'":
            escaped = True
        elif quoted:
            if character == quoted:
                quoted = ""
            elif quoted == '"' and character in _ANYWHERE:
                return True
        elif character in "'\"":
            quoted = character
        elif character in _OPERATORS or character in _ANYWHERE:
            return True
    name, equals, _ = line.strip().partition("=")
    return bool(equals) and name.isidentifier()  # `SEED=1 python …` sets a variable first


def command_line(words: tuple[str, ...]) -> str:
    """The line that `read_command` reads as these words."""
    if len(words) == 3 and words[:2] == _SHELL and needs_shell(words[2]):
        return words[2]
    return join(words)


def read_environment(line: str) -> dict[str, str]:
    """`SEED=1 NAME='two words'` as variables.

    Raises:
        Refused: something in it is no variable.
    """
    try:
        settings = shlex.split(line)
    except ValueError as error:
        raise Refused(f"The environment cannot be read: {str(error).lower()}.") from error
    found: dict[str, str] = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals or not name:
            raise Refused(f"{setting!r} is no variable; write NAME=value, with quotes for blanks.")
        found[name] = value
    return found


def environment_line(environment: Mapping[str, str]) -> str:
    """The line that `read_environment` reads as these variables."""
    return " ".join(f"{name}={quote(value)}" for name, value in environment.items())


def edited_command(line: str, before: str, words: tuple[str, ...]) -> tuple[str, ...]:
    """The words of a line that was prefilled as `before`, from `words`; untouched, those words.

    Raises:
        Refused: the line makes no sense, or cannot say what is in the words.
    """
    if line == before:
        return words
    _check_sayable("command", words)
    return read_command(line).words


def edited_environment(line: str, before: str, variables: Mapping[str, str]) -> Mapping[str, str]:
    """The variables of a line that was prefilled as `before`; untouched, those it came from.

    Raises:
        Refused: the line makes no sense, or cannot say what is in the variables.
    """
    if line == before:
        return variables
    _check_sayable("environment", variables.values())
    return read_environment(line)


def _check_sayable(what: str, parts: Iterable[str]) -> None:
    if not all(part.isprintable() for part in parts):
        raise Refused(
            f"The {what} has control characters in it, which cannot be typed here: leave it as it "
            "is, or make the task with `clearq enqueue`."
        )


def name_of(task: Task) -> str:
    """The name for the form: empty where it was made from the command, and will be again."""
    return "" if task.name == " ".join(task.command)[:60] else task.name
