"""All that an environment of Python needs, for a machine that fetches nothing itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from clearq_tui.provisioning.bring_packages import bring_packages
from clearq_tui.provisioning.code import Code
from clearq_tui.provisioning.errand import Errand
from clearq_tui.provisioning.kept_blobs import KeptBlob
from clearq_tui.provisioning.python_build import PythonBuild, bring_python
from clearq_tui.provisioning.target import Target
from clearq_tui.provisioning.versions import fits


@dataclass(frozen=True)
class Brought:
    """What goes into the lease's spec, and the blobs that it names."""

    python: str
    """The minor version to run, such as `3.11`."""
    packages: dict[str, object] | None
    python_build: PythonBuild | None
    """None: the machine has a fitting Python."""
    blobs: tuple[KeptBlob, ...]


def bring_python_environment(
    wanted: str,
    packages: Mapping[str, object] | None,
    target: Target,
    errand: Errand,
    code: Code | None = None,
) -> Brought:
    """The interpreter and the packages of a task.

    `wanted` is the version of Python that its plan asks for; empty: what the packages ask for, else
    the machine's own. `packages` are of the kind `python`, or None.

    Raises:
        ProvisionError: something cannot be had; the sentence says what, why and what to do.
        OSError: the disk refuses.
    """
    version = wanted or str((packages or {}).get("python") or "")
    here = python_there(version, target)
    build = None if here else bring_python(version, target, errand)
    chosen = here or (build["version"] if build else "")
    brought = bring_packages(packages, target, chosen, errand, code) if packages else None
    files = [*_wheels(brought), *([build] if build else [])]
    blobs = {file["sha256"]: file for file in map(_blob, files)}
    minor = ".".join(chosen.split(".")[:2])
    return Brought(minor, brought, build, tuple(blobs.values()))


def python_there(wanted: str, target: Target) -> str:
    """The version of the machine's first Python that fits, as far as it is known; empty: none.

    Raises:
        ProvisionError: `wanted` is no version.
    """
    for python in target.pythons:
        if fits(python.version, wanted):
            return python.version
    return ""


def _wheels(packages: Mapping[str, object] | None) -> list[object]:
    wheels = packages.get("wheels") if packages else None
    return wheels if isinstance(wheels, list) else []


def _blob(file: object) -> KeptBlob:
    assert isinstance(file, dict), "what was brought is described by objects"
    return KeptBlob(sha256=file["sha256"], size=file["size"], keep=True)
