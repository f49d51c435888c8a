"""All that a task of the mode conda needs, for one machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from clearq_tui.conda.archives import Archives
from clearq_tui.conda.carrying import carry
from clearq_tui.conda.failure import CondaError
from clearq_tui.conda.locked import Lock
from clearq_tui.conda.locking import lock_for
from clearq_tui.conda.packages import packages_from_json
from clearq_tui.conda.rattler_wheel import rattler_wheel
from clearq_tui.conda.target import target_of, wants_python, wants_rattler
from clearq_tui.conda.wish import as_conda_packages
from clearq_tui.provisioning import (
    Code,
    Errand,
    ProvisionError,
    PythonBuild,
    Stopped,
    Wheel,
    bring_packages,
    bring_python,
)
from clearq_tui.provisioning import target_of as programs_target_of
from remote_agent.python_environments.beneath import Beneath, beneath_from

_PYTHON_FOR_RATTLER = ">=3.10"


@dataclass(frozen=True)
class BroughtConda:
    """What goes into the lease's spec, and what into the task."""

    kept: dict[str, object]
    """The packages with their lock, to be kept with the task."""
    packages: dict[str, Any]
    """The spec's."""
    rattler: Wheel | None
    """A tool to bring along; None: the machine has micromamba, mamba or conda."""
    python_build: PythonBuild | None
    """To run rattler on; None: not needed."""
    files: tuple[Mapping[str, Any], ...]
    """Blobs: archives of conda packages, and wheels of the pip section."""


def bring_conda_environment(
    packages: Mapping[str, object] | None,
    python: str,
    facts: Mapping[str, object],
    errand: Errand,
    code: Code | None = None,
    *,
    offline: bool,
) -> BroughtConda:
    """Solve, where that was not done yet, and fetch what has to travel. Call in a thread.

    Args:
        packages: those of the task, of either kind; None: it asks for none.
        python: the version that its plan asks for, or empty.
        facts: what the agent says of its machine.
        errand: on whose behalf.
        code: needed where a pip section names projects or files in it.
        offline: the machine fetches nothing itself.

    Raises:
        CondaError, ProvisionError: something cannot be had; the sentence says what to do.
        OSError: the disk refuses.
    """
    target = target_of(facts)
    kept = lock_for(as_conda_packages(packages, python), target, errand.home, errand.say)
    carried = carry(kept, target, errand.home, errand.say, offline=offline)
    files: list[Mapping[str, Any]] = [*carried.blobs]
    if offline and carried.packages["pip"] is not None:
        lock = packages_from_json(kept).lock(target.subdir)
        assert lock is not None, "it was made a moment ago"
        pip = _bring_pip(carried.packages["pip"], lock, facts, errand, code)
        carried.packages["pip"] = pip
        files += pip["wheels"]
    rattler, build = _tools(facts, errand)
    return BroughtConda(kept, carried.packages, rattler, build, tuple(files))


def _tools(facts: Mapping[str, object], errand: Errand) -> tuple[Wheel | None, PythonBuild | None]:
    if not wants_rattler(facts):
        return None, None
    target = programs_target_of(facts)
    build = bring_python(_PYTHON_FOR_RATTLER, target, errand) if wants_python(facts) else None
    return rattler_wheel(target, errand), build


def _bring_pip(
    pip: Mapping[str, Any],
    lock: Lock,
    facts: Mapping[str, object],
    errand: Errand,
    code: Code | None,
) -> dict[str, Any]:
    """The pip section with its wheels, but for what conda packages bring already."""
    python = lock.version_of("python")
    if not python:
        raise CondaError("There is a pip section, and no Python among the conda packages.")
    names = Archives(errand.home, errand.say).distributions(lock.packages)
    beneath = beneath_from(names)
    target = programs_target_of(facts)

    def brought(asked: Mapping[str, Any]) -> dict[str, Any]:
        return bring_packages(asked, target, python, errand, code, beneath.versions)

    if pip.get("locked"):
        return brought(pip)
    try:
        return brought(_limited(pip, beneath))
    except Stopped:
        raise
    except ProvisionError as error:
        errand.say(f"with the conda packages: {error} Trying without regard to them.")
        return brought(pip)


def _limited(pip: Mapping[str, Any], beneath: Beneath) -> dict[str, Any]:
    """The same, to be resolved to what conda packages bring, as the machine would do it."""
    limits = beneath.limits(map(str, pip.get("lines", ())))
    return {**pip, "constraints": [*pip.get("constraints", ()), *limits]}
