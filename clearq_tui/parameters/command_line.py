"""A task's command as something that can be edited word by word, also where a shell reads it."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from clearq_tui.parameters.shell_line import ShellLine, read_line, setting_of

_SHELLS: Final = frozenset({"sh", "bash", "dash", "zsh", "ksh", "ash"})
_RUNS_A_LINE: Final = re.compile(r"-[a-zA-Z]*c")


@dataclass(frozen=True)
class SimpleCommand:
    """One simple command: the task's words, or those of one command in a line for a shell."""

    words: tuple[str, ...]
    whole: tuple[str, ...]
    """The task's command."""
    line: ShellLine | None = None
    """The line that it is in; None where the words are the command's own."""
    line_at: int = 0
    """Which of the command's words the line is."""
    index: int = 0
    """Which of the line's simple commands it is."""

    def replaced(self, start: int, end: int, words: Sequence[str]) -> SimpleCommand:
        """The same with words [start, end) replaced."""
        new = (*self.words[:start], *words, *self.words[end:])
        if self.line is None:
            return SimpleCommand(new, new)
        line = self.line.replaced(self.index, start, end, tuple(words))
        whole = (*self.whole[: self.line_at], line.text, *self.whole[self.line_at + 1 :])
        said = tuple(word.text for word in line.commands[self.index])
        return replace(self, words=said, whole=whole, line=line)

    @property
    def settings(self) -> dict[str, int]:
        """Variables that its first words set, by the number of the word: `SEED=1 python …`."""
        found: dict[str, int] = {}
        for number, word in enumerate(self.words):
            setting = setting_of(word)
            if setting:
                found[setting[0]] = number
            elif not self._goes_before_settings(number):
                break
        return found

    def _goes_before_settings(self, number: int) -> bool:
        """`export`, `env`, and an option of `env`'s."""
        word = self.words[number]
        if number == 0:
            return word in {"env", "export"}
        return self.words[0] == "env" and word.startswith("-")


def simple_commands(command: Sequence[str]) -> tuple[SimpleCommand, ...]:
    """The simple commands of a task: one, or those of the line that it gives to a shell."""
    words = tuple(command)
    at = _line_at(words)
    if at is None:
        return (SimpleCommand(words, words),)
    line = read_line(words[at])
    return tuple(
        SimpleCommand(tuple(word.text for word in found), words, line, at, index)
        for index, found in enumerate(line.commands)
    )


def _line_at(words: tuple[str, ...]) -> int | None:
    if not words or posixpath.basename(words[0]) not in _SHELLS:
        return None
    for number, word in enumerate(words[1:-1], start=1):
        if not word.startswith("-"):
            return None
        if _RUNS_A_LINE.fullmatch(word):
            return number + 1
    return None
