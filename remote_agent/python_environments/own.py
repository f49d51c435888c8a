"""The attempt's own environment: small, and the only one that the task can change.

It finds the packages of a shared one, and pip, by a `.pth` file. What a task installs goes into it
and is gone with it.
"""

from __future__ import annotations

import os
from typing import Optional

from remote_agent.places import make_empty
from remote_agent.python_environments import scripts
from remote_agent.python_environments.interpreter import Interpreter
from remote_agent.python_environments.pip_place import Pip
from remote_agent.python_environments.shared import Shared
from remote_agent.python_environments.skeleton import make_skeleton, python_of

_POINTER = "zz_shared_packages.pth"
"""Read last, so that what the task has installed in editable mode goes before the shared."""
_RUN_PIP = b"import sys\nfrom pip._internal.cli.main import main\nsys.exit(main())\n"


def make_own(
    place: str,
    python: Interpreter,
    shared: Optional[Shared],
    pip: Optional[Pip],
    sees_python: bool = False,
) -> None:
    """Make it at `place`, whatever is there now; `sees_python`: see `make_skeleton`.

    Raises:
        OSError: the disk refuses.
    """
    make_empty(place)
    make_skeleton(place, python, sees_python)
    found_in = []
    if shared is not None:
        found_in.append(os.path.join(shared.place, shared.site_packages))
        _link_all(shared, place)
        _write_scripts(shared, place)
    if pip is not None:
        found_in.append(pip.directory)
        _write_pip(place, python)
    # Not the paths alone: a .pth file in a directory so named would not be read.
    lines = ["import site; site.addsitedir(%r)\n" % path for path in found_in]
    with open(os.path.join(place, python.site_packages, _POINTER), "x", encoding="utf-8") as file:
        file.write("".join(lines))


def _link_all(shared: Shared, place: str) -> None:
    """The directories are its own, so that nothing added there reaches the shared one."""
    made = {place, os.path.join(place, "bin")}
    for path in shared.contents.links:
        target = os.path.join(place, path)
        directory = os.path.dirname(target)
        if directory not in made:
            os.makedirs(directory, exist_ok=True)
            made.add(directory)
        os.symlink(os.path.join(shared.place, path), target)


def _write_scripts(shared: Shared, place: str) -> None:
    program = os.fsencode(python_of(place))
    for name in shared.contents.bodies:
        _write(place, name, scripts.starting(program, _read(shared, name)))
    built_at, here = os.fsencode(shared.built_at), os.fsencode(place)
    for name in shared.contents.mentioning:
        _write(place, name, _read(shared, name).replace(built_at, here))


def _write_pip(place: str, python: Interpreter) -> None:
    script = scripts.starting(os.fsencode(python_of(place)), _RUN_PIP)
    for name in ("pip", "pip3", "pip" + python.short_version):
        if not os.path.lexists(os.path.join(place, "bin", name)):
            _write(place, name, script)


def _read(shared: Shared, name: str) -> bytes:
    with open(os.path.join(shared.place, "bin", name), "rb") as file:
        return file.read()


def _write(place: str, name: str, content: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    with open(os.open(os.path.join(place, "bin", name), flags, 0o700), "wb") as file:
        file.write(content)
