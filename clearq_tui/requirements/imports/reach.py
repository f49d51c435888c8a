"""Follow a script's imports through the modules of its tree."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from clearq_tui.requirements.failure import Where
from clearq_tui.requirements.imports.modules import LocalModules
from clearq_tui.requirements.imports.statements import Choice, Import, Item


@dataclass(frozen=True)
class Foreign:
    """A module that is not surely of the tree."""

    names: tuple[str, ...]
    """The module, then what is taken from it: any may be a module below."""
    where: Where

    @property
    def module(self) -> str:
        """Its dotted name."""
        return self.names[0]


Read = Callable[[Path, bool], tuple[Item, ...]]
Choose = Callable[[Choice, Path], Iterable[tuple[Item, ...]]]
IsElsewhere = Callable[[Foreign], bool]


class Reach:
    """Walks from a program to everything that it imports."""

    def __init__(
        self, modules: LocalModules, read: Read, choose: Choose, is_elsewhere: IsElsewhere
    ) -> None:
        """Tell how to read files, which options of a choice to take, and what others have.

        `is_elsewhere` says whether a module is the standard library's or a distribution's.
        """
        self._modules = modules
        self._read = read
        self._choose = choose
        self._is_elsewhere = is_elsewhere
        self.files: dict[Path, None] = {}
        """Of the tree; the program first."""
        self.foreign: dict[tuple[str, ...], Foreign] = {}

    def walk(self, program: Path) -> None:
        """Follow everything.

        Raises:
            RequirementsError: a file on the way cannot be read.
        """
        waiting = [program]
        if (beside := program.with_name("__init__.py")).is_file():
            waiting.append(beside)
        while waiting:
            file = waiting.pop()
            if file in self.files:
                continue
            self.files[file] = None
            items = self._read(file, file == program)
            waiting += [
                found for each in self._taken(items, file) for found in self._at(each, file)
            ]

    def _taken(self, items: Iterable[Item], file: Path) -> Iterator[Import]:
        for item in items:
            if isinstance(item, Import):
                yield item
            else:
                for option in self._choose(item, file):
                    yield from self._taken(option, file)

    def _at(self, statement: Import, file: Path) -> tuple[Path, ...]:
        """The tree's files that an import reads; what is not there is noted as foreign."""
        found = files_of(statement, file, self._modules)
        if found or statement.level:
            return found
        foreign = foreign_of(statement, file)
        self.foreign.setdefault(foreign.names, foreign)
        return () if self._is_elsewhere(foreign) else self._possible(foreign)

    def _possible(self, foreign: Foreign) -> tuple[Path, ...]:
        return tuple(file for name in foreign.names for file in self._modules.possible(name))


def files_of(statement: Import, file: Path, modules: LocalModules) -> tuple[Path, ...]:
    """The files of the tree that an import surely reads."""
    names = dotted_names(statement)
    if statement.level:
        found = [each for name in names for each in modules.relative(file, statement.level, name)]
    else:
        found = [each for name in names for each in modules.regular(name)]
    return tuple(dict.fromkeys(found))


def foreign_of(statement: Import, file: Path) -> Foreign:
    """The module of an import that the tree does not have."""
    return Foreign(dotted_names(statement), Where(str(file), statement.line))


def dotted_names(statement: Import) -> tuple[str, ...]:
    """The module, and what is taken from it as if each were a module below it."""
    module = statement.module
    below = [f"{module}.{name}" if module else name for name in statement.names]
    return (module, *below)
