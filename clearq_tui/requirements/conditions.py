"""Environment markers as things to reckon with: joined, negated, decided in part, written again.

A condition is a set of alternatives, each a set of comparisons that must all hold. The empty
alternative always holds; a condition without alternatives never does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import product
from typing import NamedTuple

from clearq_tui.requirements.failure import RequirementsError, Where


class Comparison(NamedTuple):
    """One comparison of a marker; texts stand in single quotes, names of variables do not."""

    left: str
    operator: str
    right: str

    def __str__(self) -> str:
        return " ".join(self)

    @property
    def opposite(self) -> Comparison:
        """What holds exactly where this does not."""
        return Comparison(self.left, _OPPOSITES[self.operator], self.right)


Alternative = frozenset[Comparison]
Condition = frozenset[Alternative]

ALWAYS: Condition = frozenset({frozenset()})
NEVER: Condition = frozenset()

_PAIRS = (("==", "!="), ("<", ">="), (">", "<="), ("in", "not in"))
_OPPOSITES = dict(_PAIRS) | {second: first for first, second in _PAIRS}
_MIRRORED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "==", "!=": "!="}
_TOKEN = re.compile(r"""\s*("[^"]*"|'[^']*'|\(|\)|[<>=!~]+|not\s+in\b|[A-Za-z_.]+)""")
_MOST_ALTERNATIVES = 1000


class TooComplex(RequirementsError):
    """A condition has more alternatives than anybody could read."""

    def __init__(self) -> None:
        super().__init__(
            "The conditions under which packages are needed are too many to be written down; "
            "name the packages with --package instead."
        )


def condition_of(marker: str, where: Where) -> Condition:
    """The condition that a marker expresses; an empty text is no condition.

    Raises:
        RequirementsError: it is not a marker; `where` is where it stands.
        TooComplex: it has too many alternatives.
    """
    if not marker.strip():
        return ALWAYS
    from packaging.markers import InvalidMarker, Marker

    try:
        Marker(marker)
    except InvalidMarker as error:
        raise where.refusal(f"{marker!r} is not a marker: {str(error).splitlines()[0]}.") from error
    return _Reader([match[1] for match in _TOKEN.finditer(marker)]).either()


class _Reader:
    """Reads the tokens of a marker that is known to be valid."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens[::-1]

    def either(self) -> Condition:
        found = [self._both()]
        while self._tokens and self._tokens[-1] == "or":
            self._tokens.pop()
            found.append(self._both())
        return either(*found)

    def _both(self) -> Condition:
        found = [self._one()]
        while self._tokens and self._tokens[-1] == "and":
            self._tokens.pop()
            found.append(self._one())
        return both(*found)

    def _one(self) -> Condition:
        if self._tokens[-1] == "(":
            self._tokens.pop()
            inner = self.either()
            self._tokens.pop()
            return inner
        left, operator, right = (self._tokens.pop() for _ in range(3))
        return _comparison(_in_quotes(left), " ".join(operator.split()), _in_quotes(right))


def _in_quotes(token: str) -> str:
    return f"'{token[1:-1]}'" if token.startswith('"') and "'" not in token else token


def _comparison(left: str, operator: str, right: str) -> Condition:
    if left[0] in "'\"" and operator in _MIRRORED:
        left, operator, right = right, _MIRRORED[operator], left
    if operator == "~=":
        # Has no opposite, but is two that have one: ~=3.8.1 is >=3.8.1 and ==3.8.*
        series = right.strip("'\"").rpartition(".")[0]
        pair = (Comparison(left, ">=", right), Comparison(left, "==", f"'{series}.*'"))
        return frozenset({frozenset(pair)})
    return comparison(left, "==" if operator == "===" else operator, right)


def comparison(left: str, operator: str, right: str) -> Condition:
    """The condition that a single comparison is."""
    return frozenset({frozenset({Comparison(left, operator, right)})})


def either(*conditions: Condition) -> Condition:
    """What holds where any of them does.

    Raises:
        TooComplex: it has too many alternatives.
    """
    return _simplified(alternative for condition in conditions for alternative in condition)


def both(*conditions: Condition) -> Condition:
    """What holds where all of them do.

    Raises:
        TooComplex: it has too many alternatives.
    """
    found = ALWAYS
    for condition in conditions:
        found = _both(found, condition)
    return found


@lru_cache(maxsize=4096)  # packages share their conditions
def _both(one: Condition, other: Condition) -> Condition:
    if len(one) * len(other) > _MOST_ALTERNATIVES:
        raise TooComplex
    return _simplified(first | second for first, second in product(one, other))


def negation(condition: Condition) -> Condition:
    """What holds exactly where the condition does not.

    Raises:
        TooComplex: it has too many alternatives.
    """
    return both(
        *(
            frozenset(frozenset({comparison.opposite}) for comparison in alternative)
            for alternative in condition
        )
    )


def decided(condition: Condition, decide: Callable[[Comparison], bool | None]) -> Condition:
    """The condition with some comparisons replaced by what is known of them."""
    kept = []
    for alternative in condition:
        known = {comparison: decide(comparison) for comparison in alternative}
        if False not in known.values():
            kept.append(frozenset(each for each, truth in known.items() if truth is None))
    return _simplified(kept)


def marker_of(condition: Condition) -> str:
    """The condition as a marker, always the same text for the same one; empty for ALWAYS.

    Raises:
        ValueError: the condition never holds, which no marker can say.
    """
    if not condition:
        raise ValueError("a condition that never holds cannot be written as a marker")
    if frozenset() in condition:
        return ""
    alternatives = sorted(" and ".join(sorted(map(str, each))) for each in condition)
    if len(alternatives) == 1:
        return alternatives[0]
    return " or ".join(f"({each})" if " and " in each else each for each in alternatives)


def _simplified(alternatives: Iterable[Alternative]) -> Condition:
    found = _absorbed({each for each in alternatives if not _contradicts_itself(each)})
    if len(found) > _MOST_ALTERNATIVES:
        raise TooComplex
    while len(found) > 1:
        shorter = {_without_the_needless(each, found) for each in found}
        if shorter == found:
            break
        found = _absorbed(shorter)
    return frozenset(found)


def _absorbed(alternatives: set[Alternative]) -> set[Alternative]:
    """Only those that do not ask for more than another one."""
    if frozenset() in alternatives:
        return {frozenset()}
    return {each for each in alternatives if not any(other < each for other in alternatives)}


def _without_the_needless(alternative: Alternative, all_of_them: set[Alternative]) -> Alternative:
    """Drop one comparison whose opposite another alternative covers in the same circumstances."""
    for each in _in_order(alternative):
        opposite, rest = each.opposite, alternative - {each}
        if any(opposite in other and other - {opposite} <= rest for other in all_of_them):
            return rest
    return alternative


def _in_order(alternative: Alternative) -> Iterator[Comparison]:
    """Always the same order, so that the same marker is written the same way."""
    return iter(sorted(alternative))


def _contradicts_itself(alternative: Alternative) -> bool:
    if any(each.opposite in alternative for each in alternative):
        return True
    said: dict[str, str] = {}
    for each in alternative:
        if each.operator != "==" or each.left == "extra" or each.right.endswith(".*'"):
            continue
        if said.setdefault(each.left, each.right) != each.right:
            return True
    return False


def implies(condition: Condition, other: Condition) -> bool:
    """Whether `other` holds wherever `condition` does, as far as comparisons alone tell.

    Raises:
        TooComplex: that takes too many alternatives to find out.
    """
    return all(_implies(alternative, other) for alternative in condition)


@lru_cache(maxsize=4096)
def _implies(alternative: Alternative, other: Condition) -> bool:
    if any(each <= alternative for each in other):
        return True

    def decide(comparison: Comparison) -> bool | None:
        if comparison in alternative:
            return True
        return False if comparison.opposite in alternative else None

    rest = decided(other, decide)
    return frozenset() in rest or both(frozenset({alternative}), negation(rest)) == NEVER
