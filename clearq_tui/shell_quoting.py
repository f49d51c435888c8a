"""A command as a line that can be pasted into a shell and means the same there.

Words with controls in them are written as `$'…'`, which bash, zsh and ksh read, because a
raw control would act on the terminal that shows the line.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from typing import Final

_NAMED: Final = {"\n": r"\n", "\t": r"\t", "\r": r"\r", "\\": r"\\", "'": r"\'"}


def join(words: Iterable[str]) -> str:
    """The words as one line of shell, printable whatever is in them."""
    return " ".join(map(quote, words))


def quote(word: str) -> str:
    """One word of shell."""
    if not word or word.isprintable():
        return shlex.quote(word)
    return "$'" + "".join(map(_escaped, word)) + "'"


def _escaped(character: str) -> str:
    if character in _NAMED:
        return _NAMED[character]
    if character.isprintable():
        return character
    return "".join(f"\\{byte:03o}" for byte in character.encode("utf-8", "surrogateescape"))
