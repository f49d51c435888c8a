"""A build of Python for a machine that has no fitting one: uv's managed CPython, as an archive."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple, TypedDict
from urllib.parse import unquote

from clearq_tui.provisioning.complaints import complaint
from clearq_tui.provisioning.errand import Errand
from clearq_tui.provisioning.failure import ProvisionError
from clearq_tui.provisioning.kept_blobs import is_at_hand, keep_as_blob
from clearq_tui.provisioning.operators_indexes import operators_indexes
from clearq_tui.provisioning.programs import run_program
from clearq_tui.provisioning.remembered import alone, recall, remember
from clearq_tui.provisioning.target import Target
from clearq_tui.provisioning.uv_calls import uv_program
from clearq_tui.provisioning.versions import fits

_KIND = "pythons"
_ARCHITECTURES = {
    "arm64": "aarch64", "armv7l": "armv7", "i386": "i686", "ppc64le": "powerpc64le",
}  # fmt: skip
"""As uv calls those for which it has another name than `uname`."""
_SYSTEMS = {"Linux": "linux", "Darwin": "macos"}
_LIBCS = {"glibc": ("gnu", "gnueabihf"), "musl": ("musl", "musleabihf"), "": ("none",)}


class PythonBuild(TypedDict):
    """An archive among the blobs; `python/bin` in it holds the interpreter."""

    name: str
    """The archive's file name."""
    sha256: str
    size: int
    keep: bool
    version: str
    """`3.11.9`"""


class _Offered(NamedTuple):
    """A build that uv can fetch."""

    version: tuple[int, int, int]
    key: str
    """By which uv is asked for it."""

    @property
    def said(self) -> str:
        return ".".join(map(str, self.version))


def bring_python(wanted: str, target: Target, errand: Errand) -> PythonBuild:
    """A build of the newest version that is wanted, fetched by uv, which checks its hash.

    One that was brought before and fits is taken again, so that nothing is fetched.

    Args:
        wanted: `3.11`, `3.11.9`, or specifiers such as `>=3.10,<3.13`.
        target: the machine.
        errand: on whose behalf.

    Raises:
        ProvisionError: there is no such build for the machine, or it cannot be fetched.
        OSError: the disk refuses.
    """
    offered = [each for each in offered_builds(target, errand) if fits(each.said, wanted)]
    for each in offered:
        known = recall(errand, _KIND, each.key)
        if known is not None and is_at_hand(known, errand.home):
            return _from_record(known)
    if not offered:
        raise ProvisionError(
            f"{errand.machine} has no Python {wanted or 'that is new enough'}, and uv knows no "
            f"build of it for {target}. Ask for another version, or install one there."
        )
    newest = offered[0]
    with alone(errand, _KIND, newest.key):
        known = recall(errand, _KIND, newest.key)
        if known is not None and is_at_hand(known, errand.home):
            return _from_record(known)
        build = _fetched(newest, errand)
        remember(errand, _KIND, newest.key, {**build})
    return build


def offered_builds(target: Target, errand: Errand) -> list[_Offered]:
    """The builds that uv has for the machine, the newest first. Asks no network.

    Raises:
        ProvisionError: uv cannot be run.
    """
    asked = ["--only-downloads", "--all-platforms", "--all-arches", "--all-versions"]
    listed = run_program(
        [uv_program(), "python", "list", *asked, "--output-format", "json"],
        errand,
        place=Path("/"),
        variables={**errand.environment, "UV_PYTHON_DOWNLOADS": "manual"},
    )
    try:
        entries = json.loads(listed.output) if listed.code == 0 else None
    except ValueError:
        entries = None
    if not isinstance(entries, list):
        raise ProvisionError(f"uv does not list its Pythons: {complaint(listed.errors)}.")
    found = [one for entry in entries if (one := _offer(entry, target)) is not None]
    return sorted(found, reverse=True)


def _offer(entry: object, target: Target) -> _Offered | None:
    """The entry of uv's list, if it is a finished CPython for the machine."""
    if not isinstance(entry, dict):
        return None
    parts = entry.get("version_parts")
    version = entry.get("version")
    if not isinstance(parts, dict) or not isinstance(version, str):
        return None
    numbers = tuple(parts.get(name) for name in ("major", "minor", "patch"))
    is_finished = version == ".".join(map(str, numbers))
    fits_here = (
        entry.get("implementation") == "cpython"
        and entry.get("variant") == "default"
        and entry.get("os") == _SYSTEMS.get(target.system)
        and entry.get("arch") == _ARCHITECTURES.get(target.architecture, target.architecture)
        and entry.get("libc") in _LIBCS.get(target.libc, ())
    )
    if not (is_finished and fits_here):
        return None
    return _Offered((int(parts["major"]), int(parts["minor"]), int(parts["patch"])), entry["key"])


def _fetched(build: _Offered, errand: Errand) -> PythonBuild:
    errand.say(f"fetching Python {build.said} for {errand.machine}")
    with errand.work_directory() as work:
        archives = work / "archives"
        variables = {
            **errand.environment,
            **operators_indexes(errand).variables,
            "UV_PYTHON_CACHE_DIR": str(archives),
            "UV_PYTHON_DOWNLOADS": "manual",
        }
        ended = run_program(
            [
                uv_program(), "python", "install", "--no-bin", "--no-progress",
                "--install-dir", work / "installed", build.key,
            ],
            errand,
            place=work,
            variables=variables,
        )  # fmt: skip
        found = sorted(archives.glob("*")) if ended.code == 0 else []
        if len(found) != 1:
            raise ProvisionError(
                f"Python {build.said} for {errand.machine} cannot be fetched: "
                f"{complaint(ended.errors)}."
            )
        blob = keep_as_blob(found[0], errand.home)
    # uv puts the beginning of the hash before the archive's own name.
    name = unquote(found[0].name).partition("-")[2]
    return PythonBuild(
        name=name, sha256=blob["sha256"], size=blob["size"], keep=True, version=build.said
    )


def _from_record(known: dict[str, object]) -> PythonBuild:
    return PythonBuild(
        name=str(known["name"]),
        sha256=str(known["sha256"]),
        size=int(str(known["size"])),
        keep=True,
        version=str(known["version"]),
    )
