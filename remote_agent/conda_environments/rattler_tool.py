"""Rattler as the laptop brings it: a wheel, unpacked once into the cache."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import zipfile
from typing import Iterator, List, NamedTuple, Optional

from remote_agent.environments.interface import Site, StepFailed
from remote_agent.python_environments.find_python import find_python, note_use_of_build
from remote_agent.python_environments.interpreter import Interpreter
from remote_agent.python_environments.locking import locked
from remote_agent.python_environments.pins import pin
from remote_agent.python_environments.python_builds import unpack_build
from remote_agent.python_environments.sweep import BROUGHT_LOCK
from remote_agent.removal import remove_tree

WANTED_PYTHON = ">=3.10"
_PACKAGE = "rattler/"
_LARGEST = 1 << 30
"""Bytes, unpacked; it is less than a tenth of that."""
_PIECE = 1 << 20


class Rattler(NamedTuple):
    """What runs it."""

    directory: str
    """In which it lies."""
    python: str
    """The program."""


def ready_rattler(site: Site) -> Optional[Rattler]:
    """The rattler that came along, and a Python for it; both stay for as long as the attempt does.

    None: no rattler came along.

    Raises:
        StepFailed: what came along is no wheel of rattler, or there is no Python for it.
        OSError: the disk refuses.
    """
    cache = site.layout.cache
    with locked(os.path.join(cache, BROUGHT_LOCK), lambda: None):
        directory = find_rattler(site)
        if not directory:
            return None
        python = _python_for_it(site)
        os.utime(directory)  # by which the sweep knows when it was last used
        pin(site.directory, [os.path.basename(directory)])
        build = note_use_of_build(python, cache)
        if build:
            pin(site.directory, [build])
    return Rattler(directory, python.program)


def find_rattler(site: Site) -> str:
    """The directory in which the rattler lies that came along; empty: none did.

    Raises:
        StepFailed: what came along is no wheel of rattler.
        OSError: the disk refuses.
    """
    tool = site.spec.get("tools", {}).get("rattler")
    if not tool:
        return ""
    place = os.path.join(site.layout.cache, "tools", "rattler-" + tool["sha256"][:16])
    try:
        with zipfile.ZipFile(site.layout.blob(tool["sha256"])) as wheel:
            members = list(_members(wheel))
            if not _is_whole(place, members):
                _unpack(wheel, members, place)
    except FileNotFoundError as error:
        raise StepFailed("the rattler of the laptop has not arrived.") from error
    except (zipfile.BadZipFile, RuntimeError) as error:
        raise StepFailed("what the laptop brought as rattler is no wheel of it.") from error
    return place


def _python_for_it(site: Site) -> Interpreter:
    cache = site.layout.cache
    found = find_python(WANTED_PYTHON, site.variables, cache).found
    if found is None and site.spec.get("python_build"):
        unpack_build(site.spec["python_build"], site.layout)
        found = find_python(WANTED_PYTHON, site.variables, cache).found
    if found is None:
        raise StepFailed(
            "conda packages are installed by micromamba, mamba or conda, or with a Python of 3.10"
            " or later, and this machine has none of them. Install micromamba there."
        )
    return found


def _members(wheel: zipfile.ZipFile) -> Iterator[zipfile.ZipInfo]:
    """The files of the package itself.

    Raises:
        zipfile.BadZipFile: there are none, they are too large, or one would leave its place.
    """
    total = 0
    for member in wheel.infolist():
        if member.filename.startswith(_PACKAGE) and not member.is_dir():
            total += member.file_size
            if total > _LARGEST or ".." in member.filename.split("/"):
                raise zipfile.BadZipFile(member.filename)
            yield member
    if not total:
        raise zipfile.BadZipFile("no rattler in it")


def _is_whole(place: str, members: List[zipfile.ZipInfo]) -> bool:
    """After the machine lost its power, the disk may lack some of what was unpacked."""
    try:
        return all(
            os.stat(os.path.join(place, member.filename)).st_size == member.file_size
            for member in members
        )
    except OSError:
        return False


def _unpack(wheel: zipfile.ZipFile, members: List[zipfile.ZipInfo], place: str) -> None:
    os.makedirs(os.path.dirname(place), mode=0o700, exist_ok=True)
    temporary = tempfile.mkdtemp(prefix=".unpacking-", dir=os.path.dirname(place))
    try:
        for member in members:
            path = os.path.join(temporary, member.filename)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with wheel.open(member) as packed, open(path, "xb") as file:
                shutil.copyfileobj(packed, file, _PIECE)
        if os.path.lexists(place):
            os.rename(place, temporary + ".damaged")
        with contextlib.suppress(OSError):  # another task was first
            os.rename(temporary, place)
    finally:
        remove_tree(temporary)
        remove_tree(temporary + ".damaged")
