"""Requirements that are files of the workspace. Pure.

Their content belongs to the attempt, not to their name, so they are no part of what is shared.
"""

from __future__ import annotations

import os
import re
from typing import List, NamedTuple, Optional, Sequence, Tuple

_END = re.compile(r"\s+;|\s+--|\s*\Z")
_NAMED = re.compile(r"(?P<name>[A-Za-z0-9._-]+\s*(?:\[[^\]]*\])?\s*@\s*)(?P<path>\S+)")
_ARCHIVE = re.compile(r"\.(whl|tar\.gz|tgz|tar\.bz2|tar\.xz|zip)\Z")
_EXTRAS = re.compile(r"\[[^\]/]*\]\Z")


class LocalLine(NamedTuple):
    """A requirement that is a file or a directory on the machine."""

    line: str
    """With the path in full."""
    path: str


def split(lines: Sequence[str], place: str) -> Tuple[List[str], List[LocalLine]]:
    """Those that an index has, and those that are files; `place`: what paths are relative to."""
    elsewhere: List[str] = []
    here: List[LocalLine] = []
    for line in lines:
        local = _local(line, place)
        if local is None:
            elsewhere.append(line)
        else:
            here.append(local)
    return elsewhere, here


def absolute_option(option: str, place: str) -> str:
    """The option with the path in full, where it names a directory of wheels by a path."""
    found = re.match(r"(-f|--find-links)[ =]\s*(?P<path>\S.*)", option)
    if found is None or "://" in found.group("path"):
        return option
    return "--find-links %s" % os.path.normpath(os.path.join(place, found.group("path")))


def find_links_of(options: Sequence[str]) -> List[str]:
    """Directories of wheels on this machine that the options name, by paths in full."""
    start = "--find-links /"
    return [option[len(start) - 1 :] for option in options if option.startswith(start)]


def _local(line: str, place: str) -> Optional[LocalLine]:
    end = _END.search(line)
    assert end is not None, "every line has an end"
    beginning, rest = line[: end.start()], line[end.start() :]
    named = _NAMED.match(beginning)
    name = named.group("name") if named else ""
    path = named.group("path") if named else beginning
    is_url = path.startswith("file:")
    if is_url:
        path = re.sub(r"\Afile:(//(?:localhost)?(?=/))?", "", path)
    if not is_url and not _is_path(path, is_named=bool(named)):
        return None
    extras = _EXTRAS.search(path)
    bare = path[: extras.start()] if extras else path
    full = os.path.normpath(os.path.join(place, bare))
    shown = full + (extras.group() if extras else "")
    return LocalLine("%s%s%s%s" % (name, "file://" if name else "", shown, rest), full)


def _is_path(text: str, is_named: bool) -> bool:
    if "://" in text or re.match(r"[a-z]+\+", text):
        return False
    if text.startswith(("./", "../", "/")) or is_named:
        return True
    return bool(_ARCHIVE.search(_EXTRAS.sub("", text)))
