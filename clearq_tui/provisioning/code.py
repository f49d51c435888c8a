"""The task's code, laid out on the laptop where its packages cannot be told without it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from clearq_tui.provisioning.errand import Errand
from clearq_tui.provisioning.failure import ProvisionError
from clearq_tui.provisioning.index_options import relative_places
from clearq_tui.provisioning.remembered import key_of, recall, remember
from clearq_tui.provisioning.requirement_lines import Wished

_DEFINING = ("*.toml", "*.cfg", "*.txt", "*.in", "*.lock", "setup.py")
"""Files of a project that can decide what it requires."""
_KIND = "definitions"


@dataclass(frozen=True)
class Code:
    """What a task runs, before it is anywhere."""

    key: str
    """The same key means the same files."""
    lay_out: Callable[[Path], Path]
    """Writes the files into an empty directory; returns the one in which the command runs."""


def definitions_of(wished: Wished, code: Code | None, place: Place, errand: Errand) -> str:
    """A name for all that the code says of the packages: it changes only when that changes.

    Raises:
        ProvisionError: there is no code, though it is needed; or it lacks what is named.
        OSError: the disk refuses.
    """
    if not wished.needs_code:
        return ""
    if code is None:
        raise ProvisionError("The task's packages are described by its code, which is not here.")
    key = key_of(code.key, _places(wished))
    known = recall(errand, _KIND, key)
    if known is not None:
        return str(known.get("digest"))
    digest = _digest(wished, place.directory())
    remember(errand, _KIND, key, {"digest": digest})
    return digest


class Place:
    """The directory where the command would run, laid out when it is first asked for."""

    def __init__(self, code: Code | None, empty: Path) -> None:
        """`empty` need not exist; it is removed by whoever gave it."""
        self._code = code
        self._empty = empty
        self._found: Path | None = None

    def directory(self) -> Path:
        """Where it is.

        Raises:
            ProvisionError: there is no code.
            OSError: the disk refuses.
        """
        if self._code is None:
            raise ProvisionError("The task has no code to look into.")
        if self._found is None:
            self._empty.mkdir()
            self._found = self._code.lay_out(self._empty).resolve()
        return self._found


def _places(wished: Wished) -> list[str]:
    projects = [project.path for project in wished.projects]
    return [*projects, *wished.local_files, *relative_places(wished.options)]


def _digest(wished: Wished, directory: Path) -> str:
    digest = hashlib.sha256()
    for project in wished.projects:
        for path in _defining_files(directory / project.path):
            digest.update(f"{project.path}\0{path.name}\0".encode() + path.read_bytes() + b"\0")
    for name in wished.local_files:
        path = directory / name
        if not path.is_file():
            raise ProvisionError(f"The task's requirements name {name}, which is not in its code.")
        digest.update(name.encode() + hashlib.sha256(path.read_bytes()).digest())
    for name in relative_places(wished.options):
        for path in sorted((directory / name).glob("*")):
            digest.update(f"{name}\0{path.name}\0{path.lstat().st_size}\0".encode())
    return digest.hexdigest()


def _defining_files(project: Path) -> Iterator[Path]:
    if not project.is_dir():
        raise ProvisionError(f"The task's code has no directory {project.name} to install.")
    for path in sorted({path for pattern in _DEFINING for path in project.glob(pattern)}):
        if path.is_file():
            yield path
