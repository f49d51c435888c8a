"""Poetry's constraints on versions, as version specifiers and markers."""

from __future__ import annotations

import re

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from clearq_tui.requirements.conditions import ALWAYS, Condition, both, comparison, either
from clearq_tui.requirements.failure import Where

_ONE = re.compile(r"\s*(\^|~=|~|===?|!=|<=|>=|<|>|=)?\s*([^\s,|^~=!<>]+)\s*,?")


def alternatives_of(constraint: str, where: Where) -> tuple[str, ...]:
    """Version specifiers, of which any one must be satisfied; the empty one always is.

    Raises:
        RequirementsError: it is no constraint.
    """
    found = []
    for alternative in re.split(r"\|\|?", constraint):
        specifiers, position = list[str](), 0
        text = alternative.strip()
        while position < len(text):
            one = _ONE.match(text, position)
            if one is None:
                raise where.refusal(f"{constraint!r} is not a constraint on a version.")
            specifiers.append(_specifiers(one[1] or "", one[2], constraint, where))
            position = one.end()
        found.append(",".join(filter(None, specifiers)))
    return tuple(found)


def _specifiers(operator: str, version: str, constraint: str, where: Where) -> str:
    if version in {"*", "x", "X"}:
        return ""
    wild = re.fullmatch(r"(.+?)(\.[*xX])+", version)
    try:
        if wild:
            return str(SpecifierSet(f"{'!=' if operator == '!=' else '=='}{wild[1]}.*"))
        if operator == "^":
            return f">={version},<{_after(Version(version), _first_that_counts(version))}"
        if operator == "~":
            parts = Version(version).release
            return f">={version},<{_after(Version(version), min(len(parts), 2) - 1)}"
        return str(SpecifierSet(f"{'==' if operator in {'', '='} else operator}{version}"))
    except (InvalidVersion, InvalidSpecifier) as error:
        raise where.refusal(f"{constraint!r} is not a constraint on a version.") from error


def _first_that_counts(version: str) -> int:
    """Of the numbers of a version, the index of the one that a caret keeps."""
    release = Version(version).release
    return next((index for index, number in enumerate(release) if number), len(release) - 1)


def _after(version: Version, index: int) -> str:
    """The least version whose number at the index is greater."""
    release = version.release
    epoch = f"{version.epoch}!" if version.epoch else ""
    numbers = [*release[:index], release[index] + 1, *[0] * (len(release) - index - 1)]
    return epoch + ".".join(map(str, numbers))


def python_condition(constraint: str, where: Where) -> Condition:
    """The Pythons that a constraint allows.

    Raises:
        RequirementsError: it is no constraint.
    """
    return either(*(_condition_of_specifiers(each) for each in alternatives_of(constraint, where)))


def _condition_of_specifiers(specifiers: str) -> Condition:
    found = ALWAYS
    for each in SpecifierSet(specifiers):
        is_full = each.version.removesuffix(".*").count(".") > 1
        if is_full and each.version.endswith(".0") and each.operator in {"<", ">="}:
            variable, version = "python_version", each.version.removesuffix(".0")
        else:
            variable = "python_full_version" if is_full else "python_version"
            version = each.version
        if version.count(".") == 0:
            version += ".0"  # python_version always has two numbers
        found = both(found, comparison(variable, each.operator, f"'{version}'"))
    return found
