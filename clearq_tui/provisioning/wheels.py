"""Wheels as blobs: those that lie here already, and those that pip fetches."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypedDict

from clearq_tui.provisioning.errand import Errand
from clearq_tui.provisioning.failure import ProvisionError
from clearq_tui.provisioning.kept_blobs import keep_as_blob, mark_as_wanted
from clearq_tui.provisioning.lock_file import LockedFile, LockedPackage
from clearq_tui.provisioning.pip_calls import as_requirement, call_pip
from clearq_tui.provisioning.sources import Sources
from clearq_tui.provisioning.target import Target
from clearq_tui.wording import size

Wanted = tuple[LockedPackage, LockedFile]

_LARGE = 32 << 20
"""Bytes from which on a wheel is fetched by itself, so that no other's failure loses it."""
_FETCHING = re.compile(r"\s*Downloading (?:\S*/)?(\S+\.whl)\b")


class Wheel(TypedDict):
    """A wheel among the blobs, as a spec lists it."""

    name: str
    """Its file name."""
    sha256: str
    size: int
    keep: bool


def fetch_wheels(
    wanted: Sequence[Wanted], target: Target, python: str, sources: Sources, errand: Errand
) -> list[Wheel]:
    """Make blobs of all of them, in the order given; what lies here is not fetched again.

    Raises:
        ProvisionError: one cannot be fetched, or is not what it was announced to be.
        OSError: the disk refuses.
    """
    found = {file.name: _at_hand(file, errand) for _, file in wanted}
    missing = [each for each in wanted if found[each[1].name] is None]
    for batch in _batches(missing):
        with errand.work_directory() as work:
            _fetch(batch, target, python, sources, errand, work)
            for _, file in batch:
                found[file.name] = as_wheel(work / "fetched" / file.name, errand, file.sha256)
    return [wheel for _, file in wanted if (wheel := found[file.name]) is not None]


def as_wheel(path: Path, errand: Errand, sha256: str = "") -> Wheel:
    """Make a blob of the wheel at the path, which must have this hash where one is given.

    Raises:
        ProvisionError: it is another file, or none.
        OSError: the disk refuses.
    """
    if not path.is_file():
        raise ProvisionError(f"pip did not bring {path.name} for {errand.machine}.")
    blob = keep_as_blob(path, errand.home)
    if sha256 and blob["sha256"] != sha256:
        raise ProvisionError(
            f"{path.name} for {errand.machine} is not what was announced: its SHA-256 is "
            f"{blob['sha256'][:12]}…, not {sha256[:12]}…."
        )
    return Wheel(name=path.name, sha256=blob["sha256"], size=blob["size"], keep=True)


def _at_hand(file: LockedFile, errand: Errand) -> Wheel | None:
    path = errand.home.blobs / file.sha256
    if not file.sha256 or not path.is_file():
        return None
    mark_as_wanted(file.sha256, errand.home)
    return Wheel(name=file.name, sha256=file.sha256, size=path.stat().st_size, keep=True)


def _batches(wanted: Iterable[Wanted]) -> Iterator[list[Wanted]]:
    """All the small ones together, then each large one."""
    large, small = list[Wanted](), list[Wanted]()
    for each in wanted:
        (large if (each[1].size or 0) >= _LARGE else small).append(each)
    if small:
        yield small
    yield from ([each] for each in large)


def _fetch(
    batch: Sequence[Wanted],
    target: Target,
    python: str,
    sources: Sources,
    errand: Errand,
    work: Path,
) -> None:
    major, minor = python.split(".")[:2]
    fitting = [word for tag in target.platform_tags for word in ("--platform", tag)]
    call_pip(
        [
            "download", "--require-hashes", "--dest", work / "fetched",
            "--implementation", "cp", "--python-version", python,
            "--abi", f"cp{major}{minor}", "--abi", "abi3", "--abi", "none", *fitting,
        ],
        [as_requirement(package.name, file) for package, file in batch],
        sources,
        errand,
        work,
        hear=_teller(batch, errand),
    )  # fmt: skip


def _teller(batch: Iterable[Wanted], errand: Errand) -> Callable[[str], None]:
    """Hears pip, and tells which package is on its way."""
    by_name = {file.name: (package, file) for package, file in batch}

    def hear(line: str) -> None:
        found = _FETCHING.match(line)
        if found and found[1] in by_name:
            package, file = by_name[found[1]]
            large = f" ({size(file.size)})" if file.size else ""
            errand.say(f"fetching {package.name} {package.version}{large} for {errand.machine}")

    return hear
