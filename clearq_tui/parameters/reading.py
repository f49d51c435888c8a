"""Read a command's words with what the program's source says of them, and without."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from clearq_tui.parameters.occurrence import Form, Occurrence, Reading, looks_like_option
from clearq_tui.parameters.parameter import Interface, Parameter, Spelling
from clearq_tui.parameters.placing import place_words

_ASSIGNMENT: Final = re.compile(r"(?P<sign>\+{0,2})(?P<key>[A-Za-z_][\w./@\[\]-]*)=(?P<value>.*)",
                                re.DOTALL)  # fmt: skip
_DELETION: Final = re.compile(r"~[A-Za-z_][\w./@-]*(?:=.*)?", re.DOTALL)
_OPTION: Final = re.compile(r"--?[A-Za-z_][\w.-]*")


def read_words(words: Sequence[str], first: int, interface: Interface) -> Reading:
    """The arguments from word number `first` on."""
    return _Reader(words, first, interface).read()


class _Reader:
    def __init__(self, words: Sequence[str], first: int, interface: Interface) -> None:
        self._words, self._first, self._interface = words, first, interface
        self._at = first
        self._path: tuple[str, ...] = ()
        self._found: list[Occurrence] = []
        self._placed: dict[tuple[str, ...], list[int]] = {}
        self._subcommands: list[int] = []
        self._options: Mapping[str, Parameter] = {}
        self._end = len(words)

    def read(self) -> Reading:
        """All of them."""
        self._enter(())
        while self._at < len(self._words):
            word = self._words[self._at]
            if word == "--" and not self._rest_is_placed():
                self._end = self._at
                here = self._placed.setdefault(self._path, [])
                here += range(self._at + 1, len(self._words))
                break
            if looks_like_option(word):
                self._option(word)
            else:
                self._other(word)
        placed = place_words(self._words, self._placed, self._interface, self._found)
        found = sorted([*self._found, *placed], key=lambda one: (one.start, one.end))
        return Reading(tuple(found), self._path, tuple(self._subcommands), self._first, self._end)

    def _enter(self, path: tuple[str, ...]) -> None:
        """From here on the options of this subcommand are understood, and those above it."""
        self._path = path
        options: dict[str, Parameter] = {}
        above = [one for one in self._interface.parameters if one.spelling]
        for one in sorted(above, key=lambda one: len(one.spelling.path) if one.spelling else 0):
            spelling = one.spelling
            assert spelling is not None
            if spelling.path == path[: len(spelling.path)]:
                for name in (*spelling.names, *spelling.off):
                    options[name] = one
        self._options = options

    def _rest_is_placed(self) -> bool:
        """Whether the program takes all words behind its first one as they are."""
        spellings = [one.spelling for one in self._interface.parameters if one.spelling]
        return any(
            one.arity == "..." and one.is_placed and one.path == self._path for one in spellings
        ) and bool(self._placed.get(self._path))

    def _option(self, word: str) -> None:
        if self._rest_is_placed():
            self._place()
            return
        name, equals, value = word.partition("=")
        known = self._known(name)
        if known is not None:
            if equals:
                self._add(1, name, Form.JOINED, (value,), known)
            else:
                self._spaced(name, known)
        elif not word.startswith("--") and self._short(word):
            self._at += 1
        elif equals and _OPTION.fullmatch(name):
            self._add(1, name, Form.JOINED, (value,), None)
        elif _OPTION.fullmatch(word):
            self._unknown(word)
        else:
            self._place()

    def _known(self, name: str) -> Parameter | None:
        """The option of this name; argparse takes the beginning of a long one too."""
        if name in self._options:
            return self._options[name]
        if self._interface.takes_dashes and f"-{name}" in self._options:
            return self._options[f"-{name}"]  # absl: -lr is --lr
        if self._interface.abbreviates and name.startswith("--") and len(name) > 2:
            near = [one for other, one in self._options.items() if other.startswith(name)]
            if near and all(one is near[0] for one in near):
                return near[0]
        return None

    def _spaced(self, name: str, known: Parameter) -> None:
        spelling = known.spelling
        assert spelling is not None
        following = self._words[self._at + 1 :]
        taken = self._taken(name, spelling, following)
        self._add(1 + taken, name, Form.APART, tuple(following[:taken]), known)

    def _taken(self, name: str, spelling: Spelling, following: Sequence[str]) -> int:
        """How many of the following words are the option's."""
        if name in spelling.off:
            return 0
        plain = self._plain(following)
        if spelling.arity.isdigit():
            room = len(following) if self._interface.takes_dashes else plain
            return min(int(spelling.arity), room)
        return min(1, plain) if spelling.arity == "?" else plain

    def _plain(self, following: Sequence[str]) -> int:
        """How many of the words are values."""
        count = 0
        for word in following:
            if looks_like_option(word) or word == "--":
                break
            count += 1
        return count

    def _short(self, word: str) -> bool:
        """`-n3`, or several flags in one word: `-vqx`."""
        head = self._options.get(word[:2])
        if head is None or head.spelling is None or len(word) < 3:
            return False
        if head.spelling.arity != "0":
            found = Occurrence(self._at, self._at + 1, word[:2], Form.GLUED, (word[2:],), head)
            self._found.append(found)
            return True
        letters = [f"-{letter}" for letter in word[1:]]
        flags = [self._options.get(letter) for letter in letters]
        if not all(flag and flag.spelling and flag.spelling.arity == "0" for flag in flags):
            return False
        for name in dict.fromkeys(letters):
            self._found.append(
                Occurrence(
                    self._at,
                    self._at + 1,
                    name,
                    Form.CLUSTERED,
                    parameter=self._options[name],
                    times=letters.count(name),
                )
            )
        return True

    def _unknown(self, word: str) -> None:
        """Nothing is known of it: what follows is its value unless it looks like an option."""
        following = self._words[self._at + 1 : self._at + 2]
        is_value = bool(following) and self._plain(following) == 1
        values = tuple(following) if is_value and not self._is_subcommand(following[0]) else ()
        self._add(1 + len(values), word, Form.APART, values, None)

    def _other(self, word: str) -> None:
        assignment = _ASSIGNMENT.fullmatch(word)
        if assignment and self._may_assign(assignment["key"]):
            known = self._assigned(assignment["key"])
            values = (assignment["value"],)
            name = f"{assignment['sign']}{assignment['key']}"
            self._add(1, name, Form.ASSIGNED, values, known)
        elif self._interface.assigns and _DELETION.fullmatch(word):
            self._add(1, word.partition("=")[0], Form.ASSIGNED, (), None)
        elif self._is_subcommand(word):
            self._subcommands.append(self._at)
            self._enter((*self._path, word))
            self._at += 1
        else:
            self._place()

    def _may_assign(self, key: str) -> bool:
        """Where places are known, a word such as `a=b` is one of them, not an assignment."""
        if self._interface.assigns or self._assigned(key):
            return True
        return not any(
            one.spelling and (one.spelling.is_placed or one.spelling.also_placed)
            for one in self._interface.parameters
        )

    def _assigned(self, key: str) -> Parameter | None:
        for one in self._interface.parameters:
            if one.spelling and one.spelling.assigned and one.target == key:
                return one
        return None

    def _is_subcommand(self, word: str) -> bool:
        return (*self._path, word) in self._interface.subcommands

    def _place(self) -> None:
        self._placed.setdefault(self._path, []).append(self._at)
        self._at += 1

    def _add(
        self, length: int, name: str, form: Form, values: tuple[str, ...], known: Parameter | None
    ) -> None:
        self._found.append(Occurrence(self._at, self._at + length, name, form, values, known))
        self._at += length
