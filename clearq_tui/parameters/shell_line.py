"""A line for a POSIX shell: its words, where they stand, and the line with some replaced.

Nothing is run or expanded: what a shell would expand stays as it is written.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import Final

_BLANK: Final = " \t"
_SEPARATORS: Final = "|&;()\n"
_REDIRECTION: Final = re.compile(r"(?:\d+)?(?:>>|>\||>&|<&|<>|&>>|&>|>|<)")
_SETTING: Final = re.compile(r"[A-Za-z_]\w*=")


@dataclass(frozen=True)
class Word:
    """One word of a line."""

    start: int
    end: int
    """Where it stands, in characters."""
    text: str
    """What it says without its quotes, or as it is written where a shell would expand it."""


@dataclass(frozen=True)
class ShellLine:
    """A line, as the simple commands that are in it."""

    text: str
    commands: tuple[tuple[Word, ...], ...]
    """Words of each simple command, without redirections; none where the line is not understood."""

    def replaced(self, command: int, start: int, end: int, words: tuple[str, ...]) -> ShellLine:
        """The line with words [start, end) of one of its commands replaced."""
        present = self.commands[command]
        said = shlex.join(words)
        if start == end:
            place = present[start - 1].end if start else present[0].start
            said = f" {said}" if start else f"{said} "
            return read_line(self.text[:place] + said + self.text[place:])
        first, last = present[start].start, present[end - 1].end
        if not words:
            while first > 0 and self.text[first - 1] in _BLANK:
                first -= 1
        return read_line(self.text[:first] + said + self.text[last:])


def read_line(text: str) -> ShellLine:
    """The line's words; without any where it has here-documents or a quote is left open."""
    try:
        return ShellLine(text, tuple(_Reader(text).commands()))
    except _NotUnderstood:
        return ShellLine(text, ())


def setting_of(word: str) -> tuple[str, str] | None:
    """Name and value where the word is an assignment such as `SEED=1`."""
    if not _SETTING.match(word):
        return None
    name, _, value = word.partition("=")
    return name, value


class _NotUnderstood(Exception):
    """The line is more than words can say."""


class _Reader:
    def __init__(self, text: str) -> None:
        self._text, self._at = text, 0

    def commands(self) -> list[tuple[Word, ...]]:
        """The words of each simple command that has any."""
        found: list[tuple[Word, ...]] = []
        words: list[Word] = []
        while self._at < len(self._text):
            character = self._text[self._at]
            if character in _BLANK:
                self._at += 1
            elif character == "#":
                self._skip_comment()
            elif redirection := _REDIRECTION.match(self._text, self._at):
                self._skip_redirection(redirection)
            elif character in _SEPARATORS:
                self._at += 1
                if words:
                    found.append(tuple(words))
                words = []
            else:
                words.append(self._word())
        return [*found, tuple(words)] if words else found

    def _skip_comment(self) -> None:
        end = self._text.find("\n", self._at)
        self._at = len(self._text) if end < 0 else end

    def _skip_redirection(self, found: re.Match[str]) -> None:
        if self._text.startswith("<<", found.end() - 1):
            raise _NotUnderstood
        self._at = found.end()
        while self._at < len(self._text) and self._text[self._at] in _BLANK:
            self._at += 1
        if self._at < len(self._text) and self._text[self._at] not in _SEPARATORS:
            self._word()

    def _word(self) -> Word:
        start = self._at
        said: list[str] = []
        is_expanded = False
        while self._at < len(self._text):
            character = self._text[self._at]
            if character in _BLANK or character in _SEPARATORS or character in "<>":
                break
            if character == "'":
                said.append(self._until("'"))
            elif character == '"':
                piece, expands = self._double_quoted()
                said.append(piece)
                is_expanded = is_expanded or expands
            elif character == "\\":
                said.append(self._text[self._at + 1 : self._at + 2].replace("\n", ""))
                self._at += 2
            else:
                is_expanded = is_expanded or character in "$`*?[~"
                said.append(self._plain())
        written = self._text[start : self._at]
        return Word(start, self._at, written if is_expanded else "".join(said))

    def _plain(self) -> str:
        start = self._at
        if self._text.startswith("$'", start):
            raise _NotUnderstood  # not POSIX: some shells read an escape there, others do not
        if self._text.startswith("$(", start) or self._text.startswith("${", start):
            self._skip_nested()
        elif self._text[start] == "`":
            self._until("`")
        else:
            self._at += 1
        return self._text[start : self._at]

    def _until(self, quote_mark: str) -> str:
        end = self._text.find(quote_mark, self._at + 1)
        if end < 0:
            raise _NotUnderstood
        inside = self._text[self._at + 1 : end]
        self._at = end + 1
        return inside

    def _double_quoted(self) -> tuple[str, bool]:
        said: list[str] = []
        expands = False
        self._at += 1
        while self._text[self._at : self._at + 1] != '"':
            character = self._text[self._at : self._at + 1]
            following = self._text[self._at + 1 : self._at + 2]
            if not character:
                raise _NotUnderstood
            if character == "\\" and following in {'"', "\\", "$", "`", "\n"}:
                said.append(following.replace("\n", ""))
                self._at += 2
            else:
                expands = expands or character in "$`"
                said.append(self._plain())
        self._at += 1
        return "".join(said), expands

    def _skip_nested(self) -> None:
        """Over `$(…)` or `${…}`, whatever is nested in it."""
        depth = 0
        while self._at < len(self._text):
            character = self._text[self._at]
            if character in "'\"":
                self._until(character)
                continue
            self._at += 2 if character == "\\" else 1
            depth += (character in "({") - (character in ")}")
            if depth == 0 and character in ")}":
                return
        raise _NotUnderstood
