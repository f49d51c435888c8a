"""How OpenSSH takes a line of `ssh_config` apart, and how its patterns match."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final

_WHITE_SPACE: Final = " \t\r\n\f"
_KEYWORD = re.compile(r'(?:"([^"]*)"|([^\s="]+))[ \t\r\n\f]*=?[ \t\r\n\f]*')
_TOKEN = re.compile(r"%(.?)", re.DOTALL)
_VARIABLE = re.compile(r"\$\{([^}]*)\}")


def split_keyword(line: str) -> tuple[str, str]:
    """The keyword in lower case and the rest of a line; both empty for a comment or empty line."""
    line = line.lstrip(" \t\r\n").rstrip(_WHITE_SPACE)
    match = _KEYWORD.match(line)
    if line.startswith("#") or match is None:
        return "", ""
    return (match.group(1) or match.group(2) or "").lower(), line[match.end() :]


def split_arguments(text: str) -> list[str]:
    """Words with quotes and backslashes resolved; a word that starts with # begins a comment.

    Raises:
        ValueError: a quote is not closed.
    """
    words: list[str] = []
    position = 0
    while True:
        while position < len(text) and text[position] in " \t":
            position += 1
        if position >= len(text) or text[position] == "#":
            return words
        word, position = _one_word(text, position)
        words.append(word)


def _one_word(text: str, position: int) -> tuple[str, int]:
    word: list[str] = []
    quote = ""
    while position < len(text):
        character = text[position]
        following = text[position + 1 : position + 2]
        if character == "\\" and following and following in ("'\"\\" if quote else "'\"\\ "):
            word.append(following)
            position += 1
        elif not quote and character in " \t":
            break
        elif not quote and character in "\"'":
            quote = character
        elif quote and character == quote:
            quote = ""
        else:
            word.append(character)
        position += 1
    if quote:
        raise ValueError("a quote is not closed")
    return "".join(word), position


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    pieces = (
        ".*" if piece == "*" else "." if piece == "?" else re.escape(piece) for piece in pattern
    )
    return re.compile("".join(pieces), re.DOTALL)


def matches_pattern(text: str, pattern: str) -> bool:
    """Whether a pattern with `*` and `?` covers the whole text; case counts."""
    return _compiled(re.sub(r"\*+", "*", pattern)).fullmatch(text) is not None


def matches_pattern_list(text: str, patterns: str) -> bool:
    """Whether a comma-separated list matches: one pattern does, and none after a `!` does."""
    found = False
    for pattern in patterns.split(","):
        if pattern.startswith("!"):
            if matches_pattern(text, pattern[1:]):
                return False
        elif matches_pattern(text, pattern):
            found = True
    return found


def parse_port(text: str) -> int:
    """A TCP port.

    Raises:
        ValueError: it is none.
    """
    if not (text.isascii() and text.isdigit() and len(text) <= 6 and 1 <= int(text) <= 65535):
        raise ValueError(f"Port is {text!r}; expected a number from 1 to 65535")
    return int(text)


def expand_tokens(text: str, tokens: Mapping[str, str]) -> str:
    """Replace `%x`.

    Raises:
        ValueError: the token does not exist here.
    """

    def value(match: re.Match[str]) -> str:
        letter = match.group(1)
        if letter == "%":
            return "%"
        if letter not in tokens:
            raise ValueError(f"%{letter} has no meaning here")
        return tokens[letter]

    return _TOKEN.sub(value, text)


def expand_variables(text: str, variable: Callable[[str], str | None]) -> str:
    """Replace `${NAME}`.

    Raises:
        ValueError: the variable is not set.
    """

    def value(match: re.Match[str]) -> str:
        found = variable(match.group(1))
        if found is None:
            raise ValueError(f"the environment variable {match.group(1)} is not set")
        return found

    return _VARIABLE.sub(value, text)
