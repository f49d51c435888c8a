"""The command, environment and files that a machine runs: the task's own, with its overrides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from clearq_tui.model import Refused
from clearq_tui.parameters.code_files import CodeFiles
from clearq_tui.parameters.command_line import simple_commands
from clearq_tui.parameters.config_text.formats import LARGEST, Edit, edit_file
from clearq_tui.parameters.find import find
from clearq_tui.parameters.names import resolve
from clearq_tui.parameters.overrides import check_value
from clearq_tui.parameters.parameter import Found, Kind, Parameter
from clearq_tui.parameters.targets import file_target
from clearq_tui.parameters.verifying import says_only
from clearq_tui.parameters.writing import write_argument


@dataclass(frozen=True)
class Rendered:
    """What runs instead."""

    command: tuple[str, ...]
    environment: Mapping[str, str]
    files: tuple[tuple[str, tuple[Edit, ...]], ...] = ()
    """Paths of configuration files, each with what changes in it."""


@dataclass(frozen=True)
class RewrittenFile:
    """A file that is laid over the code."""

    path: str
    """Relative to where the command runs."""
    content: bytes


def render(
    command: Sequence[str],
    environment: Mapping[str, str],
    overrides: Mapping[str, str],
    found: Found,
) -> Rendered:
    """What runs with the overrides; `found` is what was found without them.

    Raises:
        Refused: a name does not exist, cannot have its value, or nothing says it to the program.
    """
    words = tuple(command)
    variables = dict(environment)
    edits: dict[str, list[Edit]] = {}
    for one, value in _in_order(overrides, found):
        check_value(one, value)
        if one.kind is Kind.ENVIRONMENT:
            words = _set_variable(words, variables, one.name, value)
        elif one.kind is Kind.CONFIG:
            place = file_target(one.target)
            assert place is not None, f"{one.target} is in no file"
            edits.setdefault(place.path, []).append(Edit(place.key, value))
        else:
            words = _set_argument(words, found, one, value)
    files = tuple((path, tuple(changes)) for path, changes in edits.items())
    return Rendered(words, variables, files)


def render_task(
    command: Sequence[str],
    environment: Mapping[str, str],
    overrides: Mapping[str, str],
    files: CodeFiles,
) -> tuple[Rendered, tuple[RewrittenFile, ...]]:
    """What a machine is to run, and the files that are laid over the code for it.

    Raises:
        Refused: as `render`; or a file that is to change cannot be edited.
    """
    if not overrides:
        return Rendered(tuple(command), dict(environment)), ()
    found = find(command, environment, files, asked=tuple(overrides), only_asked=True)
    rendered = render(command, environment, overrides, found)
    return rendered, tuple(
        RewrittenFile(path, _rewritten(path, edits, files)) for path, edits in rendered.files
    )


def _in_order(overrides: Mapping[str, str], found: Found) -> list[tuple[Parameter, str]]:
    """The overrides in the order of what was found: words that have their places come in turn."""
    order = {one.target: number for number, one in enumerate(found.parameters)}
    meant = [(resolve(target, found), value) for target, value in overrides.items()]
    return sorted(meant, key=lambda pair: order.get(pair[0].target, len(order)))


def _rewritten(path: str, edits: Sequence[Edit], files: CodeFiles) -> bytes:
    content = files.read(path, LARGEST)
    if content is None:
        raise Refused(f"The task's code has no file {path}, or it is too large to edit.")
    return edit_file(path, content, edits)


def _set_variable(
    words: tuple[str, ...], variables: dict[str, str], name: str, value: str
) -> tuple[str, ...]:
    """Where the command sets the variable itself (`SEED=1 python …`) that would win: change it."""
    for command in reversed(simple_commands(words)):
        if name in command.settings:
            number = command.settings[name]
            return command.replaced(number, number + 1, (f"{name}={value}",)).whole
    variables[name] = value
    return words


def _set_argument(
    words: tuple[str, ...], found: Found, one: Parameter, value: str
) -> tuple[str, ...]:
    commands = simple_commands(words)
    if not commands:
        raise Refused(
            f"{one.target} cannot be set: the command is a line for a shell that clearq does not "
            "understand. Change the command itself."
        )
    command = commands[found.index]
    written = write_argument(command, found.first, found.interface, one, value)
    # Whatever the command's oddities: nothing runs that says anything but what was asked for.
    if not says_only(written, command, found, one, value):
        raise Refused(
            f"{one.target} cannot be set to {value!r} without changing more of the command; "
            "change the command itself."
        )
    return written.whole
