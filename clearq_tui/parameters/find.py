"""Find a task's parameters: in its command, its program's source, its files, its environment."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from clearq_tui.parameters.arguments import argument_parameters
from clearq_tui.parameters.code_files import CodeFiles, normal_path
from clearq_tui.parameters.command_line import SimpleCommand, simple_commands
from clearq_tui.parameters.config_files import config_parameters
from clearq_tui.parameters.environment import environment_parameters
from clearq_tui.parameters.parameter import Found, Parameter
from clearq_tui.parameters.program import Program, find_program
from clearq_tui.parameters.reading import read_words
from clearq_tui.parameters.source import read_source
from clearq_tui.parameters.source.environment_reads import variables_of_script
from clearq_tui.parameters.source.interface import SourceReading
from clearq_tui.parameters.targets import file_target

_CD: Final = 2
_LARGEST_SCRIPT: Final = 256 << 10
_PREPARING: Final = frozenset({"cd", "export", "set", "source", ".", "ulimit", "umask", "module"})


def find(
    command: Sequence[str],
    environment: Mapping[str, str],
    files: CodeFiles,
    *,
    asked: Collection[str] = (),
    only_asked: bool = False,
) -> Found:
    """The parameters. Nothing of the task's code is run; some 100 files are read at most.

    `asked` are targets that are wanted even where bounds leave their files out; with `only_asked`
    no other configuration files are looked into, which is quicker.
    """
    commands = simple_commands(command)
    main, program = _main(commands, files)
    words = main.words if main is not None else ()
    source = SourceReading()
    first = min(1, len(words))
    if main is not None and program is not None:
        first = program.first
        source = _read(program, files, words[first:])
    elif main is not None:
        first = _first_argument(main)
        source = SourceReading(environment=_of_shell_script(words[: first + 1], files))
    said = read_words(words, first, source.interface)
    mentioned = {*words, *source.texts} if not only_asked else None
    configs, notes = config_parameters(files, mentioned=mentioned, asked=_files_of(asked))
    return Found(
        (
            *argument_parameters(said, source.interface),
            *configs,
            *environment_parameters(environment, commands, source.environment),
        ),
        source.interface,
        commands.index(main) if main is not None else 0,
        first,
        (*source.notes, *notes),
    )


def _read(program: Program, files: CodeFiles, words: Sequence[str]) -> SourceReading:
    try:
        return read_source(program, files, words)
    except RecursionError:  # generated code: its expressions are nested beyond all measure
        return SourceReading(notes=(f"{program.path} or what it imports is nested too deeply.",))


def _main(
    commands: Sequence[SimpleCommand], files: CodeFiles
) -> tuple[SimpleCommand | None, Program | None]:
    """The command that runs a program of the task's, else the first that does something."""
    directory = ""
    for command in commands:
        if command.words[:1] == ("cd",) and len(command.words) == _CD:
            directory = posixpath.join(directory, command.words[1])
        if program := find_program(command.words, files, directory):
            return command, program
    for command in commands:
        first = _first_argument(command)
        if first <= len(command.words) and command.words[first - 1] not in _PREPARING:
            return command, None
    return (commands[0], None) if commands else (None, None)


def _first_argument(command: SimpleCommand) -> int:
    """Behind the variables that are set for it, and its name."""
    return max(command.settings.values(), default=-1) + 2


def _of_shell_script(words: Sequence[str], files: CodeFiles) -> tuple[Parameter, ...]:
    """The variables that a shell script has defaults for."""
    for word in words:
        path = normal_path(word)
        if path.endswith((".sh", ".bash")) and path in files.paths():
            content = files.read(path, _LARGEST_SCRIPT) or b""
            return tuple(variables_of_script(path, content.decode("utf-8", "replace")))
    return ()


def _files_of(targets: Collection[str]) -> list[str]:
    places = [file_target(target) for target in targets]
    return list(dict.fromkeys(place.path for place in places if place is not None))
