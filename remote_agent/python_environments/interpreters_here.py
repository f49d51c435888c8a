"""Where on a machine Pythons lie, the likeliest first."""

from __future__ import annotations

import glob
import os
import re
import sys
from typing import Callable, Dict, Iterator, List, Mapping, Tuple

from remote_agent.python_environments.versions import Version, parsed

_NAME = re.compile(r"python(3\.[0-9]+)\Z")
_VERSION_IN_NAME = re.compile(r"(?:\A|-)([0-9]+\.[0-9]+(?:\.[0-9]+)?)")
_SYSTEM = ("/usr/bin", "/usr/local/bin", "/opt/bin")
_UNDER_OPT = ("/opt/*/bin",)


def candidates(
    variables: Mapping[str, str],
    managed: str,
    may_fit: Callable[[Version], bool],
    first_of_all: Tuple[str, ...] = (),
) -> Iterator[str]:
    """Programs that may be a fitting Python, without having been run.

    The one that this account gets for `python3` comes first; then all whose name says that they may
    fit, the newest first.

    Args:
        variables: PATH, HOME and what pyenv and uv are told by.
        managed: the directory of builds that clearq has brought.
        may_fit: whether a version is worth a look; it may lack its last number.
        first_of_all: programs to try before all others.
    """
    given: Dict[str, None] = {}
    for path in (*first_of_all, *usual(variables), *_named(variables, managed, may_fit)):
        real = os.path.realpath(path)
        if real not in given and os.access(path, os.X_OK) and os.path.isfile(path):
            given[real] = None
            yield path


def usual(variables: Mapping[str, str]) -> List[str]:
    """What `python3` and `python` are to this account, and the agent's own Python."""
    chosen = _chosen_of_pyenv(variables)
    found: List[str] = []
    for name in ("python3", "python"):
        for directory in variables.get("PATH", os.defpath).split(os.pathsep):
            if _is_shims(directory):
                found += chosen
            else:
                found.append(os.path.join(directory or ".", name))
    return [*found, sys.executable]


def _named(
    variables: Mapping[str, str], managed: str, may_fit: Callable[[Version], bool]
) -> List[str]:
    """Those whose version stands in their name or in that of their directory."""
    home = variables.get("HOME", os.path.expanduser("~"))
    aged: List[Tuple[Version, int, str]] = []
    directories = [
        *(place for place in variables.get("PATH", "").split(os.pathsep) if not _is_shims(place)),
        *_SYSTEM,
        *(place for pattern in _UNDER_OPT for place in sorted(glob.glob(pattern))),
    ]
    for directory in directories:
        for name in _listed(directory):
            found = _NAME.match(name)
            if found:
                path = os.path.join(directory, name)
                aged.append((parsed(found.group(1)), -len(aged), path))
    uv = variables.get("UV_PYTHON_INSTALL_DIR", os.path.join(home, ".local/share/uv/python"))
    for above in (os.path.join(_pyenv_root(variables), "versions"), uv, managed):
        for name in _listed(above):
            in_name = _VERSION_IN_NAME.search(name)
            if in_name and not name.startswith("."):
                path = os.path.join(above, name, "bin", "python3")
                aged.append((parsed(in_name.group(1)), -len(aged), path))
    aged.sort(reverse=True)
    return [path for version, _, path in aged if may_fit(version)]


def _chosen_of_pyenv(variables: Mapping[str, str]) -> List[str]:
    """What stands behind pyenv's shims, which are slow, and there for versions that are not."""
    root = _pyenv_root(variables)
    chosen = variables.get("PYENV_VERSION", "")
    if not chosen:
        try:
            with open(os.path.join(root, "version"), encoding="utf-8") as file:
                chosen = ":".join(file.read().split())
        except (OSError, UnicodeDecodeError):
            return []
    names = [name for name in chosen.split(":") if name and name != "system"]
    return [os.path.join(root, "versions", name, "bin", "python3") for name in names]


def _pyenv_root(variables: Mapping[str, str]) -> str:
    home = variables.get("HOME", os.path.expanduser("~"))
    return variables.get("PYENV_ROOT") or os.path.join(home, ".pyenv")


def _is_shims(directory: str) -> bool:
    return os.path.basename(directory.rstrip("/")) == "shims"


def _listed(directory: str) -> List[str]:
    try:
        return sorted(os.listdir(directory or "."))
    except OSError:
        return []
