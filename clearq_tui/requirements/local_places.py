"""Tell requirements that are paths of files and directories from all others."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

ARCHIVES = (".whl", ".tar.gz", ".tgz", ".zip", ".tar.bz2", ".tar.xz", ".tar")
_NAMED = re.compile(
    r"\s*[A-Za-z0-9][\w.-]*\s*(\[(?P<extras>[^\]]*)\])?\s*@\s*(?P<target>.+)", re.DOTALL
)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
_MARKED = re.compile(r"(?P<target>.*?)\s*;\s*(?P<marker>.*)", re.DOTALL)
_WITH_EXTRAS = re.compile(r"(?P<path>.+?)\s*\[(?P<extras>[^\[\]]*)\]")


@dataclass(frozen=True)
class LocalPlace:
    """A path as somebody wrote it as a requirement."""

    path: Path
    extras: tuple[str, ...]
    marker: str


def as_local_place(text: str) -> LocalPlace | None:
    """The path that a requirement is; None when it is a name or something on the network."""
    named = _NAMED.fullmatch(text)
    target = named["target"] if named else text
    marked = _MARKED.fullmatch(target)
    if marked:
        target = marked["target"]
    target = target.strip()
    extras = (named["extras"] or "") if named else ""
    if not target.startswith("file:"):
        with_extras = _WITH_EXTRAS.fullmatch(target)
        if with_extras:
            target, extras = with_extras["path"], with_extras["extras"]
        if _SCHEME.match(target) or not (named or _looks_like_path(target)):
            return None
    path = _path_of(target)
    wanted = tuple(extra.strip() for extra in extras.split(",") if extra.strip())
    return LocalPlace(path, wanted, marked["marker"].strip() if marked else "")


def _looks_like_path(target: str) -> bool:
    """As pip decides it."""
    return "/" in target or target.startswith(".") or target.lower().endswith(ARCHIVES)


def _path_of(target: str) -> Path:
    if not target.startswith("file:"):
        return Path(target)
    parts = urlsplit(target)
    path = Path(unquote(parts.path))
    below = re.search(r"(?:^|&)subdirectory=([^&]+)", parts.fragment)
    return path / unquote(below[1]) if below else path


def as_path(place: str) -> str:
    """A relative path that a lock or a project names, so that nobody takes it for a package."""
    return place if place.startswith(("/", ".")) else f"./{place}"
