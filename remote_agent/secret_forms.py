"""Every form in which a secret may appear in a log: as it is, line by line, quoted, encoded."""

from __future__ import annotations

import base64
import json
import re
import shlex
from typing import Iterable, Iterator, List, Set
from urllib.parse import quote, quote_plus

SHORTEST_LINE = 4
"""Characters; shorter lines of a value of several lines stand in too many innocent places."""
LONGEST_FORM = 1024
"""Bytes; a longer form is looked for in pieces of this size, so little must be held back."""
_SHORTEST_ENCODED = 6
"""Characters of base64 from the middle of something; fewer are met by chance."""
_BASE64_LINES = (64, 76)
"""Where PEM and MIME break lines."""
_PERCENT = re.compile(r"%[0-9A-F]{2}")


def forms_of(values: Iterable[str]) -> List[bytes]:
    """What must be masked so that none of the values can be read: each once, none empty.

    White space around a value is no secret.
    """
    forms: Set[bytes] = set()
    for value in values:
        text = value.strip()
        if not text:
            continue
        for part in {text, *_lines(text)}:
            forms.update(form.encode() for form in _spellings(part))
        for whole in {text, value}:
            forms.update(_encodings(whole.encode()))
    return sorted({piece for form in forms for piece in _pieces(form)})


def _lines(text: str) -> Iterator[str]:
    """The lines of a text that has several, but for those that are too short."""
    if "\n" in text:
        for line in map(str.strip, text.splitlines()):
            if len(line) >= SHORTEST_LINE:
                yield line


def _spellings(text: str) -> Iterator[str]:
    """As programs write it: plainly, in URLs, in JSON, as Python and as a shell quotes it."""
    yield text
    for quoted in (quote(text, safe=""), quote(text), quote_plus(text)):
        yield quoted
        yield _PERCENT.sub(lambda found: found.group().lower(), quoted)
    for escaped in (json.dumps(text), json.dumps(text, ensure_ascii=False)):
        yield escaped[1:-1]
        yield escaped[1:-1].replace("/", "\\/")
    yield repr(text)[1:-1]
    yield shlex.quote(text).strip("'")


def _encodings(data: bytes) -> Iterator[bytes]:
    """Base64 of the data, alone, in lines, or wherever it may stand in something longer."""
    for encode in (base64.standard_b64encode, base64.urlsafe_b64encode):
        alone = encode(data)
        yield alone
        yield alone.rstrip(b"=")
        for width in _BASE64_LINES:
            if len(alone) > width:
                yield from _encoded_lines(alone, width)
        for before in range(3):
            middle = _middle(encode(bytes(before) + data), before, len(data))
            if len(middle) >= _SHORTEST_ENCODED:
                yield middle


def _encoded_lines(encoded: bytes, width: int) -> Iterator[bytes]:
    for start in range(0, len(encoded), width):
        line = encoded[start : start + width]
        if len(line) >= _SHORTEST_ENCODED:
            yield line


def _middle(encoded: bytes, before: int, length: int) -> bytes:
    """The characters that depend on nothing but the `length` bytes after `before` others."""
    first = before + 1 if before else 0
    return encoded[first : (before + length) * 8 // 6]


def _pieces(form: bytes) -> Iterator[bytes]:
    """Pieces that cover the form, the last two of which may overlap."""
    for start in range(0, max(1, len(form) - LONGEST_FORM), LONGEST_FORM):
        yield form[start : start + LONGEST_FORM]
    if len(form) > LONGEST_FORM:
        yield form[-LONGEST_FORM:]
