"""uv for a machine: the wheel of the laptop's version, for the machine's platform."""

from __future__ import annotations

import time
from importlib import metadata
from pathlib import Path

from clearq_tui.provisioning.errand import Errand
from clearq_tui.provisioning.failure import ProvisionError, Stopped
from clearq_tui.provisioning.kept_blobs import is_at_hand
from clearq_tui.provisioning.operators_indexes import operators_indexes
from clearq_tui.provisioning.own_uv import as_uv_wheel, runs_there
from clearq_tui.provisioning.pip_calls import call_pip
from clearq_tui.provisioning.remembered import alone, key_of, recall, remember
from clearq_tui.provisioning.sources import Sources
from clearq_tui.provisioning.target import Target
from clearq_tui.provisioning.uv_calls import uv_program
from clearq_tui.provisioning.wheels import Wheel, as_wheel

_KIND = "uv"
AGAIN_AFTER = 600.0
"""Seconds after which an index that did not answer is asked again."""


def uv_wheel(target: Target, errand: Errand) -> tuple[Wheel | None, str]:
    """uv as a blob for the machine; or None, and a sentence that says why.

    Fetched once for each version and platform, and kept for good.

    Raises:
        Stopped: the errand was given up.
        OSError: the disk refuses.
    """
    version = metadata.version("uv")
    key = key_of(version, target.system, target.architecture, target.libc, target.release)
    place = errand.provisions / "uv" / key[:16]
    with alone(errand, _KIND, key):
        known = recall(errand, _KIND, key) or {}
        if is_at_hand(known.get("wheel"), errand.home) or place.is_dir():
            return _kept(known, place, errand), ""
        if time.time() - float(str(known.get("failed_at", 0.0))) < AGAIN_AFTER:
            return None, str(known.get("why"))
        wheel, why = _had(version, target, place, errand)
        said = {"wheel": {**wheel}} if wheel else {"failed_at": time.time(), "why": why}
        remember(errand, _KIND, key, said)
    return wheel, why


def _kept(known: dict[str, object], place: Path, errand: Errand) -> Wheel:
    wheel = known.get("wheel")
    if isinstance(wheel, dict) and is_at_hand(wheel, errand.home):
        return Wheel(name=wheel["name"], sha256=wheel["sha256"], size=wheel["size"], keep=True)
    return as_wheel(next(place.glob("*.whl")), errand)


def _had(version: str, target: Target, place: Path, errand: Errand) -> tuple[Wheel | None, str]:
    """Fetch it, or make it of the laptop's own."""
    with errand.work_directory() as work:
        (work / "uv").mkdir()
        try:
            _fetch(version, target, work, errand)
        except Stopped:
            raise
        except ProvisionError as error:
            program = Path(uv_program())
            if not runs_there(program, target):
                return None, (
                    f"uv {version} cannot be had for {errand.machine} ({target}): {error} "
                    "The machine's own uv or pip is used, where it has one."
                )
            as_uv_wheel(program, version, target, work / "uv")
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        (work / "uv").replace(place)
    return as_wheel(next(place.glob("*.whl")), errand), ""


def _fetch(version: str, target: Target, work: Path, errand: Errand) -> None:
    errand.say(f"fetching uv {version} for {errand.machine}")
    # The static build runs whatever the machine's C library, so it goes first.
    static = [f"musllinux_1_1_{target.architecture}"] if target.system == "Linux" else []
    platforms = [word for tag in (*static, *target.platform_tags) for word in ("--platform", tag)]
    call_pip(
        ["download", "--only-binary", ":all:", "--dest", work / "uv", *platforms],
        [f"uv=={version}"],
        Sources(operators_indexes(errand)),
        errand,
        work,
        hear=lambda _line: None,
    )
