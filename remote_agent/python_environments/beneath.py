"""Packages that a Python has itself, where the attempt's own environment is to find them too.

What is put on top of them should be as it would be with pip in the same environment: what is there
already, in a fitting version, is not installed again. Pure, but for `look_beneath`.
"""

from __future__ import annotations

import os
import re
from typing import Dict, Iterable, List, NamedTuple

_INFORMATION = re.compile(
    r"(?P<name>[A-Za-z0-9][A-Za-z0-9._]*)-(?P<version>[0-9][A-Za-z0-9.!+_]*?)"
    r"(-py[0-9.]+)?\.(dist|egg)-info\Z"
)
_NAME = re.compile(r"\s*[A-Za-z0-9][A-Za-z0-9._-]*")
_PINNED = re.compile(r"\s*(?P<name>[A-Za-z0-9._-]+)\s*==\s*(?P<version>[^\s;]+)")


class Beneath(NamedTuple):
    """What is there, by name as indexes write it, with its version."""

    versions: Dict[str, str]

    def limits(self, lines: Iterable[str]) -> List[str]:
        """Constraints under which these requirements resolve to what is there, where that can be.

        What a requirement itself names with a version may become another.
        """
        chosen = {normal(line) for line in lines if not _is_bare(line)}
        return [
            "%s==%s" % (name, version)
            for name, version in sorted(self.versions.items())
            if name not in chosen
        ]

    def missing(self, lines: Iterable[str]) -> List[str]:
        """Of pinned requirements, those that are not there in just this version."""
        return [line for line in lines if not self._is_there(line)]

    def _is_there(self, line: str) -> bool:
        found = _PINNED.match(line)
        if found is None:
            return False
        return self.versions.get(normal(found.group("name"))) == found.group("version")


def look_beneath(site_packages: str) -> Beneath:
    """What the directory of packages has.

    Raises:
        OSError: the disk refuses.
    """
    return beneath_from(os.listdir(site_packages))


def beneath_from(names: Iterable[str]) -> Beneath:
    """What is described by directories of these names, among any others."""
    found = (_INFORMATION.match(name) for name in sorted(names))
    return Beneath({normal(one.group("name")): one.group("version") for one in found if one})


def normal(line: str) -> str:
    """The name with which a requirement begins, as indexes write it."""
    found = _NAME.match(line)
    return re.sub(r"[-_.]+", "-", found.group().strip()).lower() if found else ""


def _is_bare(line: str) -> bool:
    """Whether the requirement is a name, perhaps with extras or a marker, and no version."""
    return not re.search(r"[=<>~!@]", line.partition(";")[0])
