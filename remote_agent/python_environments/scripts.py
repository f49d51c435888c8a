"""Scripts of environments: which Python their first lines start, and how to start another. Pure."""

from __future__ import annotations

import re
from typing import Optional

LARGEST = 1 << 20
"""Bytes; a longer file is a program, not a script."""
_LONGEST_FIRST_LINE = 127
"""Bytes, with the line's end, that every kernel reads."""
_PLAIN = re.compile(rb"#![^\n]*\n")
_THROUGH_SHELL = re.compile(rb"#!/bin/sh\n'''exec' [^\n]*\n' '''\n")
_IN_FIRST_LINE = re.compile(rb"\s")


def body_of(content: bytes, environment: bytes) -> Optional[bytes]:
    """What follows the lines that start a Python of the environment; None: it starts none.

    `environment`: the name of its directory, without those above, in which there may be characters
    that tools write in different ways.
    """
    found = _THROUGH_SHELL.match(content) or _PLAIN.match(content)
    if found is None or b"/%s/bin/python" % environment not in found.group():
        return None
    return content[found.end() :]


def starting(program: bytes, body: bytes) -> bytes:
    """The script of this body, run by this Python, whose path may be long and have spaces.

    What no first line can name is started by a shell. To Python, that line is a text.
    """
    first = b"#!" + program + b"\n"
    if len(first) <= _LONGEST_FIRST_LINE and not _IN_FIRST_LINE.search(program):
        return first + body
    return b"#!/bin/sh\n'''exec' %s \"$0\" \"$@\"\n' '''\n%s" % (_quoted(program), body)


def _quoted(program: bytes) -> bytes:
    """For a shell between double quotes, and for Python inside of a text in three single ones."""
    return b'"%s"' % re.sub(rb'([\\"$`])', rb"\\\1", program)
