"""Read a requirements file and all that it names into one list."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

from clearq_tui.requirements.collected import Collected
from clearq_tui.requirements.entries import Entry, EntryReader
from clearq_tui.requirements.failure import Where
from clearq_tui.requirements.pip_format.logical_lines import logical_lines, with_variables
from clearq_tui.requirements.pip_format.statements import (
    Option,
    OtherFile,
    Statement,
    statements,
)
from clearq_tui.requirements.reading import read_text
from clearq_tui.requirements.tree import Tree

_REMOTE = re.compile(r"(?!file:)[A-Za-z][A-Za-z0-9+.-]+:")


@dataclass(frozen=True)
class _Place:
    """The file that is being read, and those through which it was reached."""

    path: Path
    is_constraint: bool = False
    through: tuple[Path, ...] = ()


class Flattener:
    """Collects what requirements files and single lines say."""

    def __init__(
        self, tree: Tree, collected: Collected, variables: Mapping[str, str], start: Path
    ) -> None:
        """`start` is where the operator would stand to install: relative paths begin there."""
        self._tree = tree
        self.collected = collected
        self._entries = EntryReader(tree, collected)
        self._variables = variables
        self._start = start
        self.hashed = True
        """Every requirement so far came with its hashes."""

    def read_file(self, path: Path, *, is_constraint: bool = False) -> None:
        """Read a requirements file.

        Raises:
            RequirementsError: it, or a file that it names, cannot be read or understood.
        """
        self._read(_Place(path, is_constraint))

    def read_line(self, text: str, where: Where) -> None:
        """Read one line that stands in no file, such as an argument of a command.

        Raises:
            RequirementsError: it cannot be understood.
        """
        for statement in statements(text.strip(), where):
            self._carry_out(statement, where, _Place(self._start / "-"))

    def _read(self, place: _Place) -> None:
        for number, line in logical_lines(read_text(place.path)):
            where = Where(str(place.path), number)
            for statement in statements(with_variables(line, self._variables, where), where):
                self._carry_out(statement, where, place)

    def _carry_out(self, statement: Statement, where: Where, place: _Place) -> None:
        bases = _distinct((self._start, place.path.parent, self._tree.directory, self._tree.top))
        match statement:
            case OtherFile(name, is_constraint):
                self._read(self._other_file(name, is_constraint, where, place))
            case Option():
                self.collected.add_option(str(self._placed(statement, where, place)))
            case Entry():
                self.hashed &= place.is_constraint or bool(statement.hashes)
                entry = replace(statement, is_constraint=place.is_constraint)
                self._entries.add(entry, where, bases)

    def _other_file(self, name: str, is_constraint: bool, where: Where, place: _Place) -> _Place:
        if _REMOTE.match(name):
            raise where.refusal(f"{name!r} is not in the tree; save it as a file and name that.")
        path = Path(unquote(urlsplit(name).path) if name.startswith("file:") else name)
        path = place.path.parent / path
        if not path.is_file():
            raise where.refusal(f"there is no file {str(path)!r}.")
        through = (*place.through, place.path)
        if path.resolve() in {each.resolve() for each in through}:
            chain = " → ".join(each.name for each in (*through, path))
            raise where.refusal(f"the files name each other in a circle: {chain}.")
        # What a constraints file requires is a constraint as well.
        return _Place(path, is_constraint or place.is_constraint, through)

    def _placed(self, option: Option, where: Where, place: _Place) -> Option:
        """A directory of wheels, as the machine will find it."""
        if option.name != "--find-links" or _REMOTE.match(option.value):
            return option
        text = option.value
        path = Path(unquote(urlsplit(text).path) if text.startswith("file:") else text)
        for base in (place.path.parent, self._start):
            if (base / path).exists():
                return Option(option.name, self._tree.relative(base / path, where))
        raise where.refusal(f"there is no directory {str(place.path.parent / path)!r}.")


def _distinct(paths: Sequence[Path]) -> tuple[Path, ...]:
    return tuple(dict.fromkeys(paths))
