"""Paths of output files: which may become files on the laptop, and which an operator means."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Final

LONGEST_PATH: Final = 4096
LONGEST_NAME: Final = 255
MOST_DEPTH: Final = 64
"""Bytes, bytes and names; what a file system takes, and what nobody needs more of."""


def is_safe(path: str) -> bool:
    """Whether a path that a machine told stays within the directory that it is put below.

    Everything else is of a machine that lies, or of a task that plays tricks.
    """
    try:
        raw = path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False
    parts = raw.split(b"/")
    return (
        raw.decode("utf-8", "surrogateescape") == path
        and len(raw) <= LONGEST_PATH
        and len(parts) <= MOST_DEPTH
        and all(_is_safe_name(part) for part in parts)
    )


def matches(path: str, pattern: str) -> bool:
    """Whether an operator who says `pattern` means this path.

    `*`, `?` and `[…]` as in a shell, except that `*` goes across `/`. A pattern without `/` may be
    a name at any depth; that of a directory means all that is in it.
    """
    wanted = pattern.removeprefix("./").rstrip("/")
    if not wanted:
        return False
    names = path.split("/")
    above = ("/".join(names[: depth + 1]) for depth in range(len(names)))
    if any(fnmatchcase(place, wanted) for place in above):
        return True
    return "/" not in wanted and any(fnmatchcase(name, wanted) for name in names)


def _is_safe_name(name: bytes) -> bool:
    return name not in (b"", b".", b"..") and b"\0" not in name and len(name) <= LONGEST_NAME
