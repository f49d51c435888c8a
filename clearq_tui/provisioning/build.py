"""Build on the laptop what has no wheel, where the wheel that comes of it fits every machine."""

from __future__ import annotations

from pathlib import Path

from clearq_tui.provisioning.complaints import without_logins
from clearq_tui.provisioning.errand import Errand
from clearq_tui.provisioning.failure import ProvisionError, Stopped
from clearq_tui.provisioning.kept_blobs import is_at_hand
from clearq_tui.provisioning.laptop_python import laptop_python
from clearq_tui.provisioning.lock_file import LockedPackage
from clearq_tui.provisioning.pip_calls import as_requirement, call_pip
from clearq_tui.provisioning.remembered import key_of, recall, remember
from clearq_tui.provisioning.sources import Sources
from clearq_tui.provisioning.wheel_names import is_for_all
from clearq_tui.provisioning.wheels import Wheel, as_wheel

_KIND = "built"


def build_wheel(package: LockedPackage, python: str, sources: Sources, errand: Errand) -> Wheel:
    """The wheel of a package that comes as source; the same source is built once.

    Raises:
        ProvisionError: it cannot be built, or only for the laptop; the sentence names the package.
        OSError: the disk refuses.
    """
    key = _key(package, python)
    known = recall(errand, _KIND, key) if key else None
    if known is not None and is_at_hand(known, errand.home):
        return Wheel(
            name=str(known["name"]),
            sha256=str(known["sha256"]),
            size=int(str(known["size"])),
            keep=True,
        )
    errand.say(f"building {package.name} {package.version} for {errand.machine}")
    with errand.work_directory() as work:
        wheel = as_wheel(_built(package, python, sources, errand, work), errand)
    if key:
        remember(errand, _KIND, key, {**wheel})
    return wheel


def _built(
    package: LockedPackage, python: str, sources: Sources, errand: Errand, work: Path
) -> Path:
    requirement, hashed = _requirement(package)
    interpreter = laptop_python(python, errand, for_pip=True)
    arguments = ["--python", interpreter, "wheel", "--wheel-dir", str(work / "built")]
    try:
        call_pip(
            [*arguments, *(["--require-hashes"] if hashed else [])],
            [requirement],
            sources,
            errand,
            work,
            hear=lambda _line: None,
        )
    except Stopped:
        raise
    except ProvisionError as error:
        raise ProvisionError(
            f"{_named(package)} has no wheel for {errand.machine}, and cannot be built here: "
            f"{error}"
        ) from error
    built = sorted((work / "built").glob("*.whl"))
    if len(built) != 1:
        raise ProvisionError(f"pip built no wheel of {_named(package)}.")
    if not is_for_all(built[0].name):
        raise ProvisionError(
            f"{_named(package)} comes as source only, and what was built of it here "
            f"({built[0].name}) need not run on {errand.machine}. Ask for a version that has "
            "a wheel, name an index or a directory that has one (--extra-index-url, "
            "--find-links), or let the machine fetch and build by itself (network direct)."
        )
    return built[0]


def _requirement(package: LockedPackage) -> tuple[str, bool]:
    """As a line for pip, and whether it has hashes."""
    if package.source is not None:
        return as_requirement(package.name, package.source), True
    if package.repository:
        return f"{package.name} @ {package.repository}", False
    return str(package.directory), False


def _key(package: LockedPackage, python: str) -> str:
    """Names what is built; empty for a directory, which may change."""
    version = ".".join(python.split(".")[:2])
    if package.source is not None and package.source.sha256:
        return key_of(package.source.sha256, package.source.subdirectory, version)
    if package.repository:
        return key_of(without_logins(package.repository), version)
    return ""


def _named(package: LockedPackage) -> str:
    return f"{package.name} {package.version}".strip()
