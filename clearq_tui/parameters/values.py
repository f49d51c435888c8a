"""Values as an operator writes them, and whether one is possible for a parameter."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Sequence
from typing import Final

from clearq_tui.model import Refused
from clearq_tui.parameters.parameter import Kind, Parameter

_TRUE: Final = frozenset({"true", "yes", "on", "1", "t", "y"})
_FALSE: Final = frozenset({"false", "no", "off", "0", "f", "n"})
_EXAMPLES: Final = {"int": "a whole number such as 3", "float": "a number such as 0.1"}
_MOST_CHOICES: Final = 12
_SPECIAL_FLOAT: Final = re.compile(r"[-+]?\.?(?:inf(?:inity)?|nan)", re.IGNORECASE)


def said(value: object) -> str | None:
    """The value of a constant as an operator would write it; None for None."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple):
        return shlex.join([said(item) or "" for item in value])
    if isinstance(value, dict):
        return json.dumps(value, default=str)
    return repr(value)


def words_of(parameter: Parameter, value: str) -> tuple[str, ...]:
    """The words that a value is on the command line: several for a list, else one.

    Raises:
        Refused: a quote in a list is not closed.
    """
    if parameter.spelling is None or not parameter.spelling.is_list:
        return (value,)
    try:
        return tuple(shlex.split(value))
    except ValueError as error:
        raise Refused(
            f"The value {value!r} of {parameter.target} cannot be split into words: "
            f"{str(error).lower()}."
        ) from error


def read_bool(text: str) -> bool | None:
    """Whether it says yes or no; None where it says neither."""
    word = text.strip().lower()
    return True if word in _TRUE else False if word in _FALSE else None


def is_int(text: str) -> bool:
    """Whether Python reads it as a whole number."""
    try:
        int(text)
    except ValueError:
        return False
    return True


def is_float(text: str) -> bool:
    """Whether Python reads it as a number; YAML's `.inf` and `.nan` are numbers too."""
    if _SPECIAL_FLOAT.fullmatch(text.strip()):
        return True
    try:
        float(text)
    except ValueError:
        return False
    return True


def check_argument(parameter: Parameter, value: str) -> None:
    """Look whether an argument or a flag can have this value.

    Raises:
        Refused: it cannot; the sentence says what it can have.
    """
    spelling = parameter.spelling
    if spelling is None:
        return
    words = words_of(parameter, value)
    if parameter.kind is Kind.FLAG:
        _check_flag(parameter, value)
        return
    if spelling.arity.isdigit() and int(spelling.arity) > 1 and not spelling.repeated:
        _check_number(parameter, words, int(spelling.arity))
    if spelling.arity == "+" and not words:
        raise Refused(f"{parameter.target} takes at least one value; none was given.")
    if spelling.assigned and _is_composed(value):
        return
    for word in words:
        check_word(parameter, word)


def check_word(parameter: Parameter, word: str) -> None:
    """Look whether one word can be (one of) the parameter's values.

    Raises:
        Refused: it cannot.
    """
    if parameter.choices:
        _check_choice(parameter, word)
    elif parameter.type == "int" and not is_int(word):
        raise _wrong(parameter, word, _EXAMPLES["int"])
    elif parameter.type == "float" and not is_float(word):
        raise _wrong(parameter, word, _EXAMPLES["float"])
    elif parameter.type == "bool" and read_bool(word) is None:
        raise _wrong(parameter, word, "true or false")


def _check_choice(parameter: Parameter, word: str) -> None:
    if word in parameter.choices:
        return
    shown = ", ".join(parameter.choices[:_MOST_CHOICES])
    more = ", …" if len(parameter.choices) > _MOST_CHOICES else ""
    raise _wrong(parameter, word, f"one of {shown}{more}")


def _check_flag(parameter: Parameter, value: str) -> None:
    assert parameter.spelling is not None
    if parameter.spelling.counted:
        if not (value.isascii() and value.isdigit() and int(value) <= 100):
            raise _wrong(parameter, value, "how often it is given, such as 2")
    elif read_bool(value) is None:
        raise _wrong(parameter, value, "true or false: it is a flag")


def _check_number(parameter: Parameter, words: Sequence[str], wanted: int) -> None:
    if len(words) != wanted:
        raise Refused(
            f"{parameter.target} takes {wanted} values, with blanks in between; "
            f"{len(words)} {'was' if len(words) == 1 else 'were'} given."
        )


def _is_composed(value: str) -> bool:
    """A value in hydra's grammar that is more than one scalar: a sweep, an interpolation."""
    return any(character in value for character in ",$([{")


def _wrong(parameter: Parameter, value: str, expected: str) -> Refused:
    return Refused(f"{parameter.target} cannot be {value!r}; expected {expected}.")
