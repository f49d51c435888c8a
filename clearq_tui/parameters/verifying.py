"""Whether an edited command says what was asked for, and nothing else in another way."""

from __future__ import annotations

from clearq_tui.parameters.arguments import argument_parameters
from clearq_tui.parameters.command_line import SimpleCommand
from clearq_tui.parameters.parameter import Found, Kind, Parameter
from clearq_tui.parameters.reading import read_words
from clearq_tui.parameters.values import read_bool, words_of
from clearq_tui.parameters.writing import occurrences_of


def says_only(
    edited: SimpleCommand, before: SimpleCommand, found: Found, one: Parameter, value: str
) -> bool:
    """Whether `edited` gives the parameter this value and all others what they were `before`."""
    return _says(edited, found, one, value) and (
        _others(edited, found, one) == _others(before, found, one)
    )


def _says(command: SimpleCommand, found: Found, one: Parameter, value: str) -> bool:
    now = _arguments(command, found)
    if one.target.startswith(("+", "~")):  # added: nothing says how it would be read back
        reading = read_words(command.words, found.first, found.interface)
        return bool(occurrences_of(reading, one))
    said = now[one.target].value if one.target in now else None
    if one.kind is Kind.FLAG:
        return _flag_says(one, said, value)
    if one.spelling is not None and one.spelling.is_list:
        return words_of(one, said or "") == words_of(one, value)
    return said == value


def _flag_says(one: Parameter, said: str | None, value: str) -> bool:
    if one.spelling is not None and one.spelling.counted:
        return int(said or "0") == int(value)
    return (read_bool(said) if said is not None else False) is read_bool(value)


def _others(
    command: SimpleCommand, found: Found, one: Parameter
) -> dict[str, tuple[str | None, bool]]:
    return {
        other.target: (other.value, other.given)
        for other in _arguments(command, found).values()
        if other.target not in {one.target, one.name}
    }


def _arguments(command: SimpleCommand, found: Found) -> dict[str, Parameter]:
    reading = read_words(command.words, found.first, found.interface)
    return {one.target: one for one in argument_parameters(reading, found.interface)}
