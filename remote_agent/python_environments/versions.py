"""Which versions of Python a task accepts. Pure."""

from __future__ import annotations

import re
from typing import Callable, List, Tuple

Version = Tuple[int, ...]
"""Major, minor, micro."""

_BARE = re.compile(r"[0-9]+(\.[0-9]+){0,2}\Z")
_CLAUSE = re.compile(
    r"(?P<sign>~=|===?|!=|<=|>=|<|>)\s*(?P<numbers>[0-9]+(?:\.[0-9]+)*)"
    r"(?P<any>\.\*)?(?:[-_.]?(?:a|b|c|rc|alpha|beta|dev|pre|post)[-_.]?[0-9]*)*\Z"
)
_PARTS = 3


def accepts(wanted: str, version: Version) -> bool:
    """Whether the version is what is wanted.

    `wanted` is the beginning of a version (`3.11`), or specifiers as packages have them
    (`>=3.10,<3.13`); an empty one accepts all.

    Raises:
        ValueError: it is neither; the message says what it was and what is expected.
    """
    return all(clause(version) for clause in _clauses(wanted))


def parsed(text: str) -> Version:
    """The numbers with which the version begins, `3.13.0rc1` being `(3, 13, 0)`.

    Raises:
        ValueError: it begins with none.
    """
    found = re.match(r"[0-9]+(\.[0-9]+)*", text)
    if found is None:
        raise ValueError("%.40r is no version" % text)
    return tuple(int(number) for number in found.group().split("."))[:_PARTS]


def _clauses(wanted: str) -> List[Callable[[Version], bool]]:
    text = wanted.strip()
    if _BARE.match(text):
        return [_same(parsed(text))]
    return [_clause(part.strip(), wanted) for part in text.split(",") if part.strip()]


def _clause(text: str, whole: str) -> Callable[[Version], bool]:
    found = _CLAUSE.match(text)
    if found is None:
        raise ValueError(
            "%.80r is no version of Python; expected something like 3.11 or >=3.10,<3.13" % whole
        )
    sign = found.group("sign")
    numbers = tuple(int(number) for number in found.group("numbers").split("."))[:_PARTS]
    full = numbers + (0,) * (_PARTS - len(numbers))
    if sign == "~=":
        return lambda version: version >= full and _same(numbers[:-1])(version)
    if sign in ("==", "===", "!="):
        fits = _same(numbers if found.group("any") else full)
        return fits if sign != "!=" else lambda version: not fits(version)
    return {
        ">=": lambda version: version >= full,
        "<=": lambda version: version <= full,
        ">": lambda version: version > full,
        "<": lambda version: version < full,
    }[sign]


def _same(beginning: Version) -> Callable[[Version], bool]:
    return lambda version: version[: len(beginning)] == beginning
