"""What the working tree commit's message says besides the files.

Lines of one word and what it is about; paths are in hexadecimal, because they may have any byte.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, List, Tuple

from remote_agent.workspace.failure import WorkspaceError

_SETTINGS = {
    "core.autocrlf": ("true", "false", "input"),
    "core.eol": ("lf", "crlf", "native"),
    "core.filemode": ("true", "false"),
}


@dataclass(frozen=True)
class Notes:
    """How the laptop's git sees the files."""

    settings: Tuple[Tuple[str, str], ...]
    """Names in the section core, with values."""
    clean: Tuple[bytes, ...]
    """Differ from the index in bytes and are unmodified all the same."""
    dirty: Tuple[bytes, ...]
    """Equal the index in bytes and are modified all the same."""
    skipped: Tuple[bytes, ...]
    """Left out by a sparse checkout."""
    intended: Tuple[bytes, ...]
    """Marked by `git add --intent-to-add`."""


def read_notes(commit: bytes) -> Notes:
    """The notes in a raw commit object.

    Raises:
        WorkspaceError: a line means nothing.
    """
    message = commit.partition(b"\n\n")[2]
    settings: List[Tuple[str, str]] = []
    paths: Dict[bytes, List[bytes]] = {b"clean": [], b"dirty": [], b"skip": [], b"intend": []}
    for line in message.partition(b"\n\n")[2].splitlines():
        word, _, rest = line.partition(b" ")
        if word == b"set":
            name, _, value = rest.decode("utf-8", "replace").partition(" ")
            if value.lower() in _SETTINGS.get(name, ()):
                settings.append((name[len("core.") :], value.lower()))
            continue
        if word not in paths:
            raise WorkspaceError("The code's notes have an unknown line: %.100r." % line)
        try:
            paths[word].append(bytes.fromhex(rest.decode("ascii")))
        except ValueError:
            raise WorkspaceError("The code's notes have a broken path: %.100r." % line) from None
    return Notes(
        tuple(settings),
        tuple(paths[b"clean"]),
        tuple(paths[b"dirty"]),
        tuple(paths[b"skip"]),
        tuple(paths[b"intend"]),
    )
