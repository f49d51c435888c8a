"""Text from elsewhere, made unable to act on the operator's terminal.

Names, reasons and logs come from machines and from other people's commands: any byte may be in
them. Pure and standard library only, because the command line and the interface both need it.
"""

from __future__ import annotations

import codecs
import re
from typing import Final

# Joiners build one visible emoji or letter out of several; they move no cursor.
_JOINERS: Final = frozenset("\u200c\u200d")

_LOOKS: Final = r"\x1b\[[0-9;:]{0,64}m"
_SEQUENCE: Final = re.compile(
    rf"(?P<looks>{_LOOKS})"
    r"|\x1b\[[0-?]{0,64}[ -/]{0,8}[@-~]"  # the cursor, the screen, modes, reports
    r"|\x1b\][^\x07\x1b\n]{0,4096}(?:\x07|\x1b\\)"  # titles, links, the clipboard
)
_UNFINISHED: Final = re.compile(r"\x1b(?:\[[0-?]{0,64}[ -/]{0,8}|\][^\x07\x1b\n]{0,4096}\x1b?)?\Z")
_KEPT_IN_LOGS: Final = frozenset("\n\t\r") | _JOINERS

RESET: Final = "\x1b[0m"
"""Ends whatever colours a piece of log had switched on."""


def one_line(text: str) -> str:
    r"""The text as one line for a cell or a sentence.

    What cannot be seen (controls, escapes, text direction marks, line separators, undecodable
    bytes) is spelled like `\x1b`. Ordinary text is returned as it is.
    """
    if text.isprintable():
        return text
    return "".join(map(_visible, text))


def _visible(character: str) -> str:
    if character.isprintable() or character in _JOINERS:
        return character
    if character.isspace() and ord(character) > 0x9F and character not in "\u2028\u2029":
        return " "
    return character.encode("unicode_escape", "backslashreplace").decode("ascii")


class LogFilter:
    """Turns a log's raw bytes, piece by piece, into text that is safe on a terminal.

    Line breaks, tabs and carriage returns (progress bars) stay; colours stay when `colour` is
    true; every other escape sequence is dropped and any other control is spelled out. A sequence
    that is never finished hides nothing: it is shown as text.
    """

    def __init__(self, *, colour: bool) -> None:
        self._colour = colour
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._held = ""

    def feed(self, piece: bytes) -> str:
        """What may be shown so far; the beginning of a sequence waits for its end."""
        text = self._held + self._decoder.decode(piece)
        unfinished = _UNFINISHED.search(text)
        self._held = unfinished.group() if unfinished else ""
        return self._filtered(text[: len(text) - len(self._held)])

    def finish(self) -> str:
        """What was held back at the end of the log, and the end of its colours."""
        text = self._held + self._decoder.decode(b"", final=True)
        self._held = ""
        return self._filtered(text) + (RESET if self._colour else "")

    def _filtered(self, text: str) -> str:
        if "\x1b" not in text:
            return _without_controls(text)
        shown: list[str] = []
        position = 0
        for found in _SEQUENCE.finditer(text):
            shown.append(_without_controls(text[position : found.start()]))
            if self._colour and found["looks"]:
                shown.append(found["looks"])
            position = found.end()
        shown.append(_without_controls(text[position:]))
        return "".join(shown)


def _without_controls(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(
        character if character in _KEPT_IN_LOGS else _visible(character) for character in text
    )
