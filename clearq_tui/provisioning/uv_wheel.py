"""uv for a machine: the wheel of the laptop's version, for the machine's platform."""

from __future__ import annotations

import os
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
    kind = (version, target.system, target.architecture, target.libc)
    key = key_of(*kind, target.release)
    fetched = errand.provisions / "uv" / key_of(*kind)[:16]
    own = errand.provisions / "uv" / key[:16]
    with alone(errand, _KIND, key_of(*kind)):
        known = recall(errand, _KIND, key) or {}
        for place in (fetched, own):
            if place.is_dir():
                os.utime(place)  # in use: not to be swept
                return _kept(known, place, errand), ""
        if time.time() - float(str(known.get("failed_at", 0.0))) < AGAIN_AFTER:
            return None, str(known.get("why"))
        wheel, why = _had(version, target, fetched, own, errand)
        said = {"wheel": {**wheel}} if wheel else {"failed_at": time.time(), "why": why}
        remember(errand, _KIND, key, said)
    return wheel, why


def _kept(known: dict[str, object], place: Path, errand: Errand) -> Wheel:
    wheel, path = known.get("wheel"), next(place.glob("*.whl"))
    if isinstance(wheel, dict) and wheel["name"] == path.name and is_at_hand(wheel, errand.home):
        return Wheel(name=wheel["name"], sha256=wheel["sha256"], size=wheel["size"], keep=True)
    return as_wheel(path, errand)


def _had(
    version: str, target: Target, fetched: Path, own: Path, errand: Errand
) -> tuple[Wheel | None, str]:
    """Fetch it, or make it of the laptop's own."""
    with errand.work_directory() as work:
        new = work / "uv"
        new.mkdir()
        place = fetched
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
            as_uv_wheel(program, version, target, new)
            place = own
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new.replace(place)
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
