"""What a finished environment consists of, as far as an attempt's own must be made after it."""

from __future__ import annotations

import hashlib
import os
import tempfile
from typing import Any, Dict, Iterator, List, NamedTuple, Optional

from remote_agent.python_environments import scripts
from remote_agent.python_environments.skeleton import is_of_skeleton


class Contents(NamedTuple):
    """Paths are relative to the environment."""

    bodies: List[str]
    """Names in `bin` of scripts that lack the lines which start a Python."""
    mentioning: List[str]
    """Names in `bin` of files that mention the place where the environment was built."""
    links: List[str]
    """All other files outside of the directory of packages."""
    directories: Dict[str, int]
    """When the upper directories of packages were last changed, in nanoseconds."""
    size: int
    """Bytes on the disk."""
    fingerprint: str
    """Of the names and the lengths of all files."""


def contents_from_json(said: Any) -> Optional[Contents]:  # noqa: ANN401 - not validated yet
    """What `_asdict` gave; None where it is anything else."""
    try:
        return Contents(**said)
    except TypeError:
        return None


def take_stock(environment: str, site_packages: str) -> Contents:
    """List what was installed. Takes from scripts the lines which start a Python.

    Raises:
        OSError: the disk refuses.
    """
    bodies: List[str] = []
    mentioning: List[str] = []
    links: List[str] = []
    for path in sorted(_files_outside(environment, site_packages)):
        directory, name = os.path.split(path)
        kind = _strip(environment, path) if directory == "bin" else "link"
        if kind == "body":
            bodies.append(name)
        elif kind == "mentions":
            mentioning.append(name)
        else:
            links.append(path)
    return Contents(
        bodies,
        mentioning,
        links,
        directories_of(environment, site_packages),
        _size_of(environment),
        fingerprint_of(environment),
    )


def directories_of(environment: str, site_packages: str) -> Dict[str, int]:
    """When each directory was changed into which a package would be put."""
    found = {}
    top = os.path.join(environment, site_packages)
    below = [entry.name for entry in os.scandir(top) if entry.is_dir(follow_symlinks=False)]
    for path in ["bin", site_packages, *(os.path.join(site_packages, name) for name in below)]:
        if os.path.basename(path) != "__pycache__":
            found[path] = os.lstat(os.path.join(environment, path)).st_mtime_ns
    return found


def fingerprint_of(environment: str) -> str:
    """Another text when a file is missing or shorter, as after the machine lost its power."""
    digest = hashlib.sha256()
    for directory, below, names in os.walk(environment):
        below.sort()
        for name in sorted(names):
            path = os.path.join(directory, name)
            if directory != environment and ".opt-" not in name:
                told = "%s\0%d\0" % (os.path.relpath(path, environment), os.lstat(path).st_size)
                digest.update(os.fsencode(told))
    return digest.hexdigest()


def _files_outside(environment: str, site_packages: str) -> Iterator[str]:
    """All that lies outside of the directory of packages and was put there by one."""
    for directory, below, names in os.walk(environment):
        relative = os.path.relpath(directory, environment)
        below[:] = [name for name in below if os.path.join(relative, name) != site_packages]
        linked = [name for name in below if os.path.islink(os.path.join(directory, name))]
        for name in [*names, *linked]:
            path = os.path.normpath(os.path.join(relative, name))
            if not is_of_skeleton(path):
                yield path


def _strip(environment: str, path: str) -> str:
    """`body`: now without its first lines; `mentions` the place of building; or `link`."""
    full = os.path.join(environment, path)
    if os.path.islink(full) or os.path.getsize(full) > scripts.LARGEST:
        return "link"
    with open(full, "rb") as file:
        content = file.read()
    body = scripts.body_of(content, os.fsencode(os.path.basename(environment)))
    if body is None:
        return (
            "mentions" if os.fsencode(environment) in content and b"\0" not in content else "link"
        )
    # Not written into: it may share its bytes with the tool's cache.
    file_number, temporary = tempfile.mkstemp(dir=os.path.dirname(full))
    with open(file_number, "wb") as new:
        new.write(body)
    os.chmod(temporary, 0o500)
    os.replace(temporary, full)
    return "body"


def _size_of(environment: str) -> int:
    total = 0
    for directory, below, names in os.walk(environment):
        for name in [*below, *names]:
            total += os.lstat(os.path.join(directory, name)).st_blocks * 512
    return total
