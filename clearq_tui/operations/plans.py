"""What a plan for an environment must be like, and the packages that go into one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from clearq_tui.environment_plan import MODES, EnvironmentPlan
from clearq_tui.model import Refused
from clearq_tui.store import Store, workers

_PYTHON = re.compile(r"3\.\d{1,2}(\.\d{1,3})?")
_SIZE = re.compile(r"\d+[bkmgBKMG]?")
_INSTALLING = frozenset({"venv", "conda", "docker"})
"""Modes in which Python packages are installed for a task."""


def check_plan(plan: EnvironmentPlan) -> None:
    """Refuse what no machine could carry out.

    Raises:
        Refused: the sentence says which part of it, and what was expected.
    """
    if plan.mode not in ("", *MODES):
        raise Refused(f"There is no mode {plan.mode!r}; expected one of {', '.join(MODES)}.")
    if plan.python and not _PYTHON.fullmatch(plan.python):
        raise Refused(f"{plan.python!r} is no version of Python; expected something like 3.11.")
    if plan.shm_size and not _SIZE.fullmatch(plan.shm_size):
        raise Refused(f"{plan.shm_size!r} is no size for /dev/shm; expected something like 8g.")
    if plan.image and plan.mode not in ("", "docker"):
        raise Refused(f"An image is for the mode docker, and the mode is {plan.mode}.")


def may_install(store: Store, plan: EnvironmentPlan) -> bool:
    """Whether packages may have to be installed for a task of this plan, on some worker."""
    if plan.prebuilt:
        return False
    if plan.mode:
        return plan.mode in _INSTALLING
    return any(worker.plan.mode in _INSTALLING for worker in workers.all_workers(store))


def wants_conda(store: Store, plan: EnvironmentPlan) -> bool:
    """Whether a task of this plan is for conda: it says so, or no other worker installs."""
    modes = {plan.mode} if plan.mode else {one.plan.mode for one in workers.all_workers(store)}
    return modes & _INSTALLING == {"conda"}


def find_packages(
    store: Store,
    plan: EnvironmentPlan,
    directory: Path,
    *,
    script: Path | None = None,
    chosen: tuple[str, ...] = (),
    requirements_file: Path | None = None,
    extras: tuple[str, ...] = (),
    groups: tuple[str, ...] = (),
) -> Mapping[str, Any] | None:
    """The packages that the code around `directory` asks for; None where none may be installed.

    Raises:
        ClearqError: a file that names them makes no sense; the sentence names it and the line.
    """
    if not (chosen or requirements_file or may_install(store, plan)):
        return None
    if not (chosen or requirements_file) and wants_conda(store, plan):
        from clearq_tui.conda import find_conda_packages

        found = find_conda_packages(directory, top=_top_of(directory))
        if found is not None:
            return found
    from clearq_tui.requirements import find_requirements

    requirements = find_requirements(
        directory,
        top=_top_of(directory),
        script=script,
        chosen=chosen,
        requirements_file=requirements_file,
        extras=extras,
        groups=groups,
    )
    return None if requirements is None else requirements.to_json()


def script_of(directory: Path, words: Sequence[str]) -> Path | None:
    """The script that the command runs, as far as its first words tell."""
    for word in words[:6]:
        place = directory / word
        if word.endswith(".py") and place.is_file():
            return place
    return None


def _top_of(directory: Path) -> Path:
    """The top of the repository around the directory, which travels whole; else the directory."""
    place = directory.resolve()
    return next((each for each in (place, *place.parents) if (each / ".git").exists()), place)
