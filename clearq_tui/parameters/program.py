"""Which program of the operator's a command runs, and where its own arguments begin."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass
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


def find_program(words: Sequence[str], files: CodeFiles) -> Program | None:
    """The program; None where the command runs nothing of the task's code.

    Launchers (`torchrun`, `accelerate launch`, `uv run`, `python -m cProfile`) stand before it.
    """
    paths = frozenset(files.paths())
    for number, word in enumerate(words):
        if _PYTHON.fullmatch(posixpath.basename(word)):
            if found := _of_python(words, number + 1, paths):
                return found
            if "-c" in words[number + 1 : number + 4]:
                return None  # a text, not a file
        elif word.endswith(".py") and normal_path(word) in paths:
            return _script(word, number + 1)
        elif word in _MODULE_OPTIONS and number and number + 1 < len(words):
            if found := _module(words[number + 1], number + 2, paths):
                return found
        elif (number == 0 or words[number - 1] in _RUNNERS) and (
            found := _named(word, number + 1, files, paths)
        ):
            return found
    return None


def _of_python(words: Sequence[str], start: int, paths: frozenset[str]) -> Program | None:
    """What an interpreter is given; its options end with the script or with `-m`."""
    number = start
    while number < len(words):
        word = words[number]
        if word == "-m" and number + 1 < len(words):
            return _module(words[number + 1], number + 2, paths)
        if not word.startswith("-") or word in {"-c", "-"}:
            break
        number += 2 if word in _WITH_VALUE else 1
    if number < len(words) and normal_path(words[number]) in paths:
        return _script(words[number], number + 1)
    return None


def _script(path: str, first: int) -> Program:
    where = normal_path(path)
    return Program(where, first, _roots(posixpath.dirname(where)))


def _module(name: str, first: int, paths: frozenset[str]) -> Program | None:
    inside = name.replace(".", "/")
    for root in ("", "src/"):
        for candidate in (f"{root}{inside}.py", f"{root}{inside}/__main__.py"):
            if candidate in paths:
                return Program(candidate, first, _roots(""))
    return None


def _named(word: str, first: int, files: CodeFiles, paths: frozenset[str]) -> Program | None:
    """A file that says itself that Python runs it, or an entry of the project's scripts."""
    path = normal_path(word)
    if path in paths:
        head = files.read(path, _HEAD) or b""
        return _script(word, first) if _SHEBANG.match(head[:200]) else None
    if "/" in word or (entry := console_script(word, files)) is None:
        return None
    found = _module(entry.module, first, paths)
    if found is None:
        inside = entry.module.replace(".", "/")
        package = [p for p in (f"{inside}/__init__.py", f"src/{inside}/__init__.py") if p in paths]
        found = Program(package[0], first, _roots("")) if package else None
    return found and Program(found.path, first, found.roots, entry.function)


def _roots(directory: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((directory, "", "src")))
