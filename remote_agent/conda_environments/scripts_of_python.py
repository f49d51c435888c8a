"""Scripts of a conda environment that its Python runs: in the attempt's own, another one has to."""

from __future__ import annotations

import os
import re
from typing import List, Optional

from remote_agent.python_environments import scripts

_THROUGH_SHELL = re.compile(rb"#!/bin/sh\n'''exec' [^\n]*'''\n")
"""What installers of conda packages write where a first line would be too long for the kernel."""
_PLAIN = re.compile(rb"#![^\n]*\n")


def body_of(content: bytes, place: bytes) -> Optional[bytes]:
    """What follows the lines that start the Python of the environment; None: it starts none."""
    found = _THROUGH_SHELL.match(content) or _PLAIN.match(content)
    if found is None or place + b"/bin/python" not in found.group():
        return None
    return content[found.end() :]


def names_in(place: str) -> List[str]:
    """The names in `bin` of all of them.

    Raises:
        OSError: the disk refuses.
    """
    found = []
    for name in sorted(os.listdir(os.path.join(place, "bin"))):
        path = os.path.join(place, "bin", name)
        is_script = os.path.isfile(path) and os.path.getsize(path) <= scripts.LARGEST
        if is_script and body_of(_read(path), os.fsencode(place)) is not None:
            found.append(name)
    return found


def write_again(place: str, names: List[str], into: str) -> None:
    """Have the scripts in the attempt's own environment too, run by the Python there.

    Args:
        place: the conda environment.
        names: see `names_in`.
        into: the attempt's own environment; what it has already stays.

    Raises:
        OSError: the disk refuses.
    """
    program = os.fsencode(os.path.join(into, "bin", "python"))
    for name in names:
        target = os.path.join(into, "bin", name)
        body = body_of(_read(os.path.join(place, "bin", name)), os.fsencode(place))
        if body is not None and not os.path.lexists(target):
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
            with open(os.open(target, flags, 0o700), "wb") as file:
                file.write(scripts.starting(program, body))


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()
