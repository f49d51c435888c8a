"""`uv.lock`, written out by uv itself."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from clearq_tui.requirements.collected import Collected
from clearq_tui.requirements.failure import RequirementsError, Where
from clearq_tui.requirements.pip_format.flatten import Flattener
from clearq_tui.requirements.pip_format.logical_lines import logical_lines
from clearq_tui.requirements.project_drift import refuse_drift
from clearq_tui.requirements.project_file import read_project
from clearq_tui.requirements.python_wanted import checked_python, python_for
from clearq_tui.requirements.reading import TomlFile, read_text
from clearq_tui.requirements.requirements import Requirements
from clearq_tui.requirements.tree import Tree
from clearq_tui.requirements.uv.settings import settings_of_project
from clearq_tui.requirements.wish import Wish

_PATIENCE = 60.0
"""Seconds. Writing out even a large lock takes uv a small part of one."""
_REQUIRED = re.compile(r'^requires-python\s*=\s*"([^"]+)"', re.MULTILINE)


def requirements_of_uv(lock: Path, level: Path, tree: Tree, wish: Wish) -> Requirements:
    """What the lock says for the project in `level`, which may be a member of a workspace.

    Raises:
        RequirementsError: uv cannot read the lock, or the project needs more than is in it.
    """
    path = level / "pyproject.toml"
    project = read_project(path) if path.is_file() else None
    selection = _selection(project.file if project else None, wish)
    text = _exported([*selection, "--frozen", "--directory", str(level)], lock)
    requirements = _requirements(text, lock, tree, settings_of_project(lock.parent))
    if project:
        refuse_drift(project, project.dependencies(), requirements, lock, "uv lock")
    return requirements


def requirements_of_script_lock(
    lock: Path, script: Path, tree: Tree, settings: Iterable[str]
) -> Requirements:
    """What the lock beside a script says, as `uv lock --script` makes it.

    `settings` are the options that the script's own block amounts to.

    Raises:
        RequirementsError: uv cannot read the lock.
    """
    text = _exported(["--frozen", "--script", str(script)], lock)
    return replace(_requirements(text, lock, tree, settings), source="script")


def _requirements(text: str, lock: Path, tree: Tree, settings: Iterable[str]) -> Requirements:
    collected = Collected()
    where = Where(str(lock))
    flattener = Flattener(tree, collected, {}, lock.parent)
    for setting in settings:
        flattener.read_line(setting, where)
    for _, line in logical_lines(text):
        flattener.read_line(line, where)
    required = _REQUIRED.search(read_text(lock))
    python = checked_python(required[1], where) if required else ""
    return collected.finished("uv.lock", python=python_for(tree, python, lock), locked=True)


def _selection(project: TomlFile | None, wish: Wish) -> list[str]:
    chosen = [word for extra in wish.extras for word in ("--extra", extra)]
    chosen += [word for group in wish.groups for word in ("--group", group)]
    # uv adds the group `dev` by itself unless the project says which groups it wants by default.
    says_default = project is not None and "default-groups" in project.at("tool", "uv")
    return chosen if says_default or "dev" in wish.groups else [*chosen, "--no-dev"]


def _exported(arguments: Sequence[str], lock: Path) -> str:
    command = [
        _uv(),
        "export",
        "--quiet",
        "--offline",
        "--no-cache",
        "--no-python-downloads",
        "--no-header",
        "--no-annotate",
        "--format=requirements.txt",
        *arguments,
    ]
    try:
        done = subprocess.run(
            command,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise RequirementsError(
            f"{lock}: uv did not finish reading it within {_PATIENCE:.0f} s."
        ) from error
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip().removeprefix("error: ")
        raise RequirementsError(f"{lock} cannot be used, because uv says: {said}")
    return done.stdout.decode("utf-8")


def _environment() -> dict[str, str]:
    """Without uv's variables, which could select another project or other parts of it."""
    return {name: value for name, value in os.environ.items() if not name.startswith("UV_")}


def _uv() -> str:
    from uv import find_uv_bin

    try:
        return os.fspath(find_uv_bin())
    except FileNotFoundError as error:
        raise RequirementsError(
            f"uv.lock cannot be read: {error}. Install clearq again, with its uv."
        ) from error
