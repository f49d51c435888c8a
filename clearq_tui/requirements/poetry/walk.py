"""Find out when each locked package is needed, for locks that do not say so themselves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from packaging.specifiers import SpecifierSet

from clearq_tui.requirements.conditions import (
    ALWAYS,
    NEVER,
    Comparison,
    Condition,
    both,
    decided,
    either,
    implies,
    negation,
)
from clearq_tui.requirements.poetry.dependencies import Dependency
from clearq_tui.requirements.poetry.lock_file import LockedPackage, PoetryLock

_Asked = tuple[LockedPackage, str]
"""A package, and one of its extras or the empty text for the package alone."""


def conditions_of_packages(
    lock: PoetryLock, roots: Sequence[Dependency]
) -> Mapping[LockedPackage, Condition]:
    """When each package is needed by what the project needs directly; never, if it is not there.

    Raises:
        RequirementsError: a direct dependency is not in the lock.
        TooComplex: the conditions are too many.
    """
    choice = _Choice(lock, roots)
    found: dict[_Asked, Condition] = {}
    # First in, first out: a package that many need is then taken up once for all of them.
    changed: dict[_Asked, None] = {}

    def ask(dependency: Dependency, condition: Condition) -> None:
        for package, when in choice.of(dependency):
            needed = both(condition, when)
            for extra in ("", *dependency.extras):
                known = found.get((package, extra), NEVER)
                if not implies(needed, known):
                    found[package, extra] = either(known, needed)
                    changed[package, extra] = None

    for root in roots:
        if not choice.of(root):
            raise root.where.refusal(
                f"{root.name} {' or '.join(root.versions)} is not in {lock.file.path.name}; "
                "run `poetry lock` to bring it up to date."
            )
        ask(root, root.condition)
    while changed:
        package, extra = next(iter(changed))
        del changed[package, extra]
        for dependency in package.dependencies:
            condition = _within(dependency, package, extra)
            ask(dependency, both(found[package, extra], condition))
    return {package: condition for (package, extra), condition in found.items() if not extra}


def _within(dependency: Dependency, package: LockedPackage, extra: str) -> Condition:
    """When a package needs a dependency, asked for with one of its extras or with none."""
    if dependency.is_optional and dependency.name not in package.extras.get(extra, ()):
        return NEVER

    def decide(comparison: Comparison) -> bool | None:
        if comparison.left != "extra":
            return None
        return (comparison.right.strip("'") == extra) == (comparison.operator == "==")

    return decided(dependency.condition, decide)


class _Choice:
    """Which locked packages a dependency may mean, and when it means which."""

    def __init__(self, lock: PoetryLock, roots: Iterable[Dependency]) -> None:
        self._by_name: dict[str, list[LockedPackage]] = defaultdict(list)
        for package in lock.packages:
            self._by_name[package.name].append(package)
        self._telling: dict[LockedPackage, Condition] = {}
        for dependency in (
            *roots,
            *(each for package in lock.packages for each in package.dependencies),
        ):
            fitting = self._fitting(dependency)
            if len(fitting) == 1 and dependency.condition != ALWAYS:
                known = self._telling.get(fitting[0], NEVER)
                self._telling[fitting[0]] = either(known, _without_extras(dependency.condition))

    def of(self, dependency: Dependency) -> list[tuple[LockedPackage, Condition]]:
        """The packages, each with when it is meant.

        Where several versions of a package are locked and a dependency allows more than one, those
        that allow only one tell which belongs where; the newest is meant everywhere else.
        """
        fitting = self._fitting(dependency)
        if len(fitting) < 2:
            return [(package, ALWAYS) for package in fitting]
        told = [package for package in fitting if package in self._telling]
        chosen = [(package, self._telling[package]) for package in told]
        rest = [package for package in fitting if package not in told]
        if rest:
            elsewhere = negation(either(*(condition for _, condition in chosen)))
            chosen.append((rest[-1], elsewhere))
        return [(package, condition) for package, condition in chosen if condition != NEVER]

    def _fitting(self, dependency: Dependency) -> list[LockedPackage]:
        candidates = self._by_name.get(dependency.name, [])
        return [each for each in candidates if dependency.place or _fits(dependency, each)]


def _fits(dependency: Dependency, package: LockedPackage) -> bool:
    if package.source.get("type") in {"git", "url", "file", "directory"}:
        return True
    return any(SpecifierSet(each).contains(package.version, True) for each in dependency.versions)


def _without_extras(condition: Condition) -> Condition:
    return decided(condition, lambda comparison: True if comparison.left == "extra" else None)
