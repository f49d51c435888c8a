"""Which program of the operator's a command runs, and where its own arguments begin."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from clearq_tui.parameters.code_files import CodeFiles, normal_path
from clearq_tui.parameters.console_scripts import console_script

_PYTHON: Final = re.compile(r"(?:python|pypy)[\d.]*[tw]?(?:\.exe)?")
_WITH_VALUE: Final = frozenset({"-W", "-X", "-Q", "--check-hash-based-pycs"})
"""Python's own options that take the next word."""
_MODULE_OPTIONS: Final = frozenset({"-m", "--module", "--python-module"})
"""How Python and launchers are told a module instead of a file."""
_RUNNERS: Final = frozenset({"run", "env", "exec", "nohup", "time", "srun", "--"})
"""Words after which a console script may stand."""
_SHEBANG: Final = re.compile(rb"#!.*\b(?:python|pypy)")
_HEAD: Final = 1 << 18


@dataclass(frozen=True)
class Program:
    """A script, a module or a console script that is among the task's code."""

    path: str
    """Its file, as `CodeFiles` has it."""
    first: int
    """The word at which its arguments begin."""
    roots: tuple[str, ...]
    """The directories where its imports are looked for."""
    function: str = ""
    """What a console script calls; empty where the file itself is run."""


def find_program(words: Sequence[str], files: CodeFiles, directory: str = "") -> Program | None:
    """The program; None where the command runs nothing of the task's code.

    Launchers (`torchrun`, `accelerate launch`, `uv run`, `python -m cProfile`) stand before it.
    `directory` is where the words are run, relative to where the task's command begins.
    """
    return _Search(words, files, directory).program()


class _Search:
    def __init__(self, words: Sequence[str], files: CodeFiles, directory: str) -> None:
        self._words, self._files, self._directory = words, files, directory
        self._paths = frozenset(files.paths())

    def program(self) -> Program | None:
        """The first of the words that is a program."""
        words = self._words
        for number, word in enumerate(words):
            if _PYTHON.fullmatch(posixpath.basename(word)):
                if found := self._of_python(number + 1):
                    return found
                if "-c" in words[number + 1 : number + 4]:
                    return None  # a text, not a file
            elif word.endswith(".py") and self._path(word) in self._paths:
                return self._script(word, number + 1)
            elif word in _MODULE_OPTIONS and number and number + 1 < len(words):
                if found := self._module(words[number + 1], number + 2):
                    return found
            elif (number == 0 or words[number - 1] in _RUNNERS) and (
                found := self._named(word, number + 1)
            ):
                return found
        return None

    def _of_python(self, number: int) -> Program | None:
        """What an interpreter is given; its options end with the script or with `-m`."""
        words = self._words
        while number < len(words):
            word = words[number]
            if word == "-m" and number + 1 < len(words):
                return self._module(words[number + 1], number + 2)
            if not word.startswith("-") or word in {"-c", "-"}:
                break
            number += 2 if word in _WITH_VALUE else 1
        if number < len(words) and self._path(words[number]) in self._paths:
            return self._script(words[number], number + 1)
        return None

    def _path(self, word: str) -> str:
        return normal_path(posixpath.join(self._directory, word))

    def _script(self, word: str, first: int) -> Program:
        path = self._path(word)
        return Program(path, first, self._roots(posixpath.dirname(path)))

    def _module(self, name: str, first: int, file: str = "__main__") -> Program | None:
        inside = name.replace(".", "/")
        for root in ("", "src"):
            place = self._path(posixpath.join(root, inside))
            for candidate in (f"{place}.py", f"{place}/{file}.py"):
                if candidate in self._paths:
                    return Program(candidate, first, self._roots(self._directory))
        return None

    def _named(self, word: str, first: int) -> Program | None:
        """A file that says itself that Python runs it, or an entry of the project's scripts."""
        path = self._path(word)
        if path in self._paths:
            head = self._files.read(path, _HEAD) or b""
            return self._script(word, first) if _SHEBANG.match(head[:200]) else None
        if "/" in word or (entry := console_script(word, self._files)) is None:
            return None
        found = self._module(entry.module, first, "__init__")
        return found and replace(found, function=entry.function)

    def _roots(self, directory: str) -> tuple[str, ...]:
        here = self._directory
        return tuple(dict.fromkeys((directory, here, posixpath.join(here, "src"))))
