"""Requirements of a script that nothing else describes: the packages that it imports."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from clearq_tui.requirements.collected import Collected
from clearq_tui.requirements.failure import RequirementsError
from clearq_tui.requirements.imports.answers import Answers, ask
from clearq_tui.requirements.imports.installed import InstalledReader
from clearq_tui.requirements.imports.interpreter import Interpreter, operators_interpreter
from clearq_tui.requirements.imports.known_names import distribution_named
from clearq_tui.requirements.imports.modules import LocalModules
from clearq_tui.requirements.imports.reach import (
    Foreign,
    Reach,
    Read,
    files_of,
    foreign_of,
)
from clearq_tui.requirements.imports.reading import imports_of
from clearq_tui.requirements.imports.statements import Choice, Import, Item
from clearq_tui.requirements.project_needs import add_needs_of_projects
from clearq_tui.requirements.python_wanted import python_of_tree, python_of_versions_file
from clearq_tui.requirements.requirements import Requirements
from clearq_tui.requirements.tree import Tree


def imported_requirements(tree: Tree, program: Path) -> Requirements | None:
    """What a program imports, pinned to what the operator's own environment has; None for nothing.

    Raises:
        RequirementsError: a file cannot be read, the interpreter cannot be asked, or a module is
            on this laptop in a place that does not travel.
    """
    interpreter = operators_interpreter(tree, os.environ)
    modules = LocalModules(program, tree)

    @cache
    def read(path: Path, is_program: bool) -> tuple[Item, ...]:
        return imports_of(path, interpreter, is_program=is_program)

    answers = _asked(interpreter, modules, read, program)
    chooser = _Chooser(modules, answers)
    needed = Reach(modules, read, chooser.options, chooser.is_elsewhere)
    needed.walk(program)
    return _Pinning(tree, modules, answers).requirements(needed)


def _asked(
    interpreter: Interpreter | None, modules: LocalModules, read: Read, program: Path
) -> Answers:
    """What the interpreter knows of every module that the program may import."""

    def read_leniently(path: Path, is_program: bool) -> tuple[Item, ...]:
        try:
            return read(path, is_program)
        except RequirementsError:
            return ()  # raised again if the file is needed indeed

    answers = Answers()
    while True:
        # What has not been asked for yet is not looked for far away in the tree.
        chooser = _Chooser(modules, answers)
        everything = Reach(
            modules, read_leniently, lambda choice, _: choice.options, chooser.may_be_elsewhere
        )
        everything.walk(program)
        more = [each for each in everything.foreign.values() if not answers.cover(each)]
        if not more:
            return answers
        answers = answers.with_more(ask(interpreter, more))


class _Chooser:
    """Decides between alternatives by what the operator has."""

    def __init__(self, modules: LocalModules, answers: Answers) -> None:
        self._modules = modules
        self._answers = answers

    def is_elsewhere(self, foreign: Foreign) -> bool:
        answer = self._answers.of(foreign)
        return answer.is_standard or bool(answer.distributions)

    def may_be_elsewhere(self, foreign: Foreign) -> bool:
        return not self._answers.cover(foreign) or self.is_elsewhere(foreign)

    def options(self, choice: Choice, file: Path) -> Iterable[tuple[Item, ...]]:
        """The first option that is here as a whole; else the first, unless none is needed."""
        for option in choice.options:
            if all(self._is_here(item, file) for item in option):
                return (option,)
        return () if choice.can_lack else choice.options[:1]

    def _is_here(self, item: Item, file: Path) -> bool:
        if isinstance(item, Import):
            if item.level or files_of(item, file, self._modules):
                return True
            foreign = foreign_of(item, file)
            return (
                self.is_elsewhere(foreign)
                or self._answers.of(foreign).origin is not None
                or bool(self._modules.possible(foreign.module))
            )
        return item.can_lack or any(
            all(self._is_here(each, file) for each in option) for option in item.options
        )


class _Pinning:
    """Turns modules into requirements."""

    def __init__(self, tree: Tree, modules: LocalModules, answers: Answers) -> None:
        self._tree = tree
        self._modules = modules
        self._answers = answers
        self._collected = Collected()
        self._installed = InstalledReader(tree, answers, self._collected)

    def requirements(self, reach: Reach) -> Requirements | None:
        """Everything that was reached and is not of the standard library or the tree."""
        for foreign in reach.foreign.values():
            self._add(foreign)
        self._collected.lines = dict.fromkeys(sorted(self._collected.lines, key=str.lower))
        if not self._collected.lines and not self._collected.projects:
            return None
        self._installed.constrain()
        add_needs_of_projects(self._collected, self._tree)
        return self._collected.finished("imports", python=self._python())

    def _python(self) -> str:
        """What a file says, else the version that the pinned packages are known to work with."""
        if self._installed.is_used and python_of_versions_file(self._tree) is None:
            return f"=={self._answers.python.rpartition('.')[0]}.*"
        return python_of_tree(self._tree)

    def _add(self, foreign: Foreign) -> None:
        answer = self._answers.of(foreign)
        if answer.is_standard:
            return
        for name in answer.distributions:
            self._installed.add(name, foreign)
        if answer.distributions or self._modules.possible(foreign.module):
            return
        self._installed.refuse_private(answer, foreign)
        self._collected.lines[distribution_named(foreign.names)] = None
