"""Runs in the operator's interpreter: says which distributions have which modules.

Standard library only, and Python 3.8; nothing of what it looks at is imported. Reads JSON from
standard input: a list of questions, each a list of dotted names of which the deepest that exists
tells the distribution. Writes JSON.
"""

from __future__ import annotations

import importlib.machinery
import json
import re
import sys
from collections.abc import Iterable
from importlib import metadata
from typing import Any
from urllib.parse import unquote, urlsplit


class _Distribution:
    def __init__(self, found: metadata.Distribution) -> None:
        self.found = found
        self.name: str = found.metadata["Name"] or ""
        self._files: list[str] | None = None

    @property
    def files(self) -> list[str]:
        """Paths without what comes after the module's name, slashes for dots."""
        if self._files is None:
            listed = self.found.read_text("RECORD") or self.found.read_text("installed-files.txt")
            paths = (line.split(",")[0].strip('"') for line in (listed or "").splitlines())
            self._files = [path for path in paths if path.endswith((".py", ".so", ".pyd"))]
        return self._files

    def top_names(self) -> set[str]:
        said = (self.found.read_text("top_level.txt") or "").split()
        if said:
            return {name.split("/")[0] for name in said}
        return {path.split("/")[0].split(".")[0] for path in self.files if path[:2] != ".."}

    def depth(self, dotted: str) -> int:
        """How many parts of a name this distribution has files for."""
        parts = dotted.split(".")
        for count in range(len(parts), 1, -1):
            start = "/".join(parts[:count])
            if any(path.startswith((start + "/", start + ".")) for path in self.files):
                return count
        return 1

    def editable_place(self) -> str | None:
        """The directory that the distribution's modules are imported from, if it is editable."""
        direct = json.loads(self.found.read_text("direct_url.json") or "{}")
        if not direct.get("dir_info", {}).get("editable"):
            return None
        return unquote(urlsplit(direct["url"]).path)

    def describe(self) -> dict[str, Any]:
        direct = self.found.read_text("direct_url.json")
        return {
            "name": self.name,
            "version": self.found.version,
            "direct": json.loads(direct) if direct else None,
        }


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _needs(distribution: _Distribution) -> list[str]:
    """Names of what a distribution requires, except for its extras."""
    required = distribution.found.metadata.get_all("Requires-Dist") or []
    names = (re.match(r"[A-Za-z0-9._-]+", text) for text in required if "extra ==" not in text)
    return [_normal(name.group()) for name in names if name]


def _is_standard(name: str) -> bool:
    known = getattr(sys, "stdlib_module_names", None)
    if known is not None:
        return name in known
    if name in sys.builtin_module_names:
        return True
    origin = _origin(name) or ""
    return (
        origin.startswith(json.__file__[: -len("json/__init__.py")]) and "-packages" not in origin
    )


def _origin(name: str) -> str | None:
    spec = importlib.machinery.PathFinder.find_spec(name)
    if spec is None:
        return None
    places = list(spec.submodule_search_locations or [])
    return spec.origin if spec.has_location else (places[0] if places else None)


def _editable_around(
    origin: str | None, distributions: Iterable[_Distribution]
) -> list[_Distribution]:
    """The distribution whose directory a module lies in; its own files may not tell."""
    places = [(each.editable_place(), each) for each in distributions if origin]
    around = [
        (place, each)
        for place, each in places
        if place and origin and origin.startswith(place.rstrip("/") + "/")
    ]
    return [max(around, key=lambda found: len(found[0]))[1]] if around else []


def _answer(
    question: list[str], by_top: dict[str, list[_Distribution]], known: Iterable[_Distribution]
) -> dict[str, Any]:
    top = question[0].split(".")[0]
    is_standard = _is_standard(top)
    origin = None if is_standard else _origin(top)
    having = by_top.get(top, [])
    if len(having) > 1:
        depths = {each.name: max(each.depth(name) for name in question) for each in having}
        having = [each for each in having if depths[each.name] == max(depths.values())]
    having = having or _editable_around(origin, known)
    return {
        "standard": is_standard,
        "distributions": [] if is_standard else [each.name for each in having],
        "origin": origin,
    }


def main() -> None:
    """Answer the questions."""
    sys.path = [place for place in sys.path if place]
    questions: list[list[str]] = json.loads(sys.stdin.read())
    known: dict[str, _Distribution] = {}
    for found in metadata.distributions():
        distribution = _Distribution(found)
        if distribution.name:
            known.setdefault(_normal(distribution.name), distribution)
    by_top: dict[str, list[_Distribution]] = {}
    for distribution in known.values():
        for name in distribution.top_names():
            by_top.setdefault(name, []).append(distribution)
    answers = [_answer(question, by_top, known.values()) for question in questions]
    wanted = [_normal(name) for answer in answers for name in answer["distributions"]]
    reached: dict[str, _Distribution] = {}
    while wanted:
        name = wanted.pop()
        if name in known and name not in reached:
            reached[name] = known[name]
            wanted.extend(_needs(known[name]))
    said = {
        "python": ".".join(map(str, sys.version_info[:3])),
        "prefixes": sorted({sys.prefix, sys.base_prefix}),
        "answers": answers,
        "distributions": {name: each.describe() for name, each in reached.items()},
    }
    json.dump(said, sys.stdout)


if __name__ == "__main__":
    main()
