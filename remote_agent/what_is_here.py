"""What of use lies on this machine, found without running any of it: Pythons, conda, docker, uv."""

from __future__ import annotations

import glob
import os
import re
import shutil
import sys
from typing import Dict, Iterator, List, Mapping, Sequence

from remote_agent.python_environments.interpreters_here import candidates

_VERSIONS = (
    re.compile(r"/(?:[a-z]+-)?(3\.[0-9]+\.[0-9]+)[^/]*/bin/python[0-9.]*\Z"),
    re.compile(r"/python(3\.[0-9]+)\Z"),
)
_CONDA_NAMES = ("micromamba", "mamba", "conda")
_CONDA_PLACES = (
    "~/.local/bin",
    "~/micromamba/bin",
    "~/*forge*/bin",
    "~/*conda*/bin",
    "/opt/*forge*/bin",
    "/opt/*conda*/bin",
    "/usr/local/bin",
)
_UV_PLACES = ("~/.local/bin", "~/.cargo/bin", "/usr/local/bin")


def pythons(variables: Mapping[str, str], managed: str) -> List[Dict[str, str]]:
    """Each interpreter with its version: 3.11, or 3.11.7 where its place says it that exactly.

    `managed` is the directory of builds that clearq has brought.
    """
    found = []
    for path in candidates(variables, managed, lambda _version: True):
        version = _version_of(path)
        if version:
            found.append({"version": version, "path": path})
    return found


def _version_of(path: str) -> str:
    """As its path tells; empty when it does not."""
    if path == sys.executable:
        return "%d.%d.%d" % sys.version_info[:3]
    real = os.path.realpath(path)
    for pattern in _VERSIONS:
        match = pattern.search(real)
        if match:
            return match.group(1)
    return ""


def conda(home: str) -> str:
    """The path of micromamba, mamba or conda, the quickest that is here; empty: none is."""
    return _program(_CONDA_NAMES, _CONDA_PLACES, home)


def uv(home: str) -> str:
    """The path of uv; empty: it is not here."""
    return _program(("uv",), _UV_PLACES, home)


def _program(names: Sequence[str], places: Sequence[str], home: str) -> str:
    directories = None
    for name in names:
        on_path = shutil.which(name)
        if on_path and os.path.basename(os.path.dirname(on_path)) != "shims":
            return on_path
        if directories is None:
            directories = list(_places(places, home))
        for directory in directories:
            path = os.path.join(directory, name)
            if os.path.isfile(path) and os.access(path, os.X_OK):
                return path
    return ""


def _places(patterns: Sequence[str], home: str) -> Iterator[str]:
    """The directories that the patterns mean; `~` is the home, which must be an absolute path."""
    for pattern in patterns:
        if not pattern.startswith("~"):
            yield from sorted(glob.glob(pattern))
        elif home.startswith("/"):
            yield from sorted(glob.glob(glob.escape(home) + pattern[1:]))
