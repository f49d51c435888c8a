"""Rattler for a machine: a wheel of the laptop's version, for the machine's platform."""

from __future__ import annotations

import zipfile
from importlib import metadata
from pathlib import Path

from clearq_tui.conda.failure import CondaError
from clearq_tui.provisioning import Errand, ProvisionError, Stopped, Target, Wheel
from clearq_tui.provisioning.kept_blobs import is_at_hand
from clearq_tui.provisioning.operators_indexes import operators_indexes
from clearq_tui.provisioning.pip_calls import call_pip
from clearq_tui.provisioning.remembered import alone, key_of, recall, remember
from clearq_tui.provisioning.sources import Sources
from clearq_tui.provisioning.wheels import as_wheel

_PROJECT = "py-rattler"
_PACKAGE = "rattler"
_KIND = "rattler"
_OLDEST_PYTHON = "3.10"
_LONG_AGO = (1980, 1, 1, 0, 0, 0)
_LEVEL = 3
"""More effort saves little and takes long."""


def rattler_wheel(target: Target, errand: Errand) -> Wheel:
    """Rattler as a blob for the machine. Made or fetched once for each version and platform.

    Raises:
        CondaError: it cannot be had; the sentence says why.
        Stopped: the errand was given up.
        OSError: the disk refuses.
    """
    version = metadata.version(_PROJECT)
    key = key_of(version, target.system, target.architecture, target.libc, target.release)
    with alone(errand, _KIND, key):
        known = (recall(errand, _KIND, key) or {}).get("wheel")
        if isinstance(known, dict) and is_at_hand(known, errand.home):
            return Wheel(name=known["name"], sha256=known["sha256"], size=known["size"], keep=True)
        with errand.work_directory() as work:
            wheel = as_wheel(_had(version, target, work, errand), errand)
        remember(errand, _KIND, key, {"wheel": {**wheel}})
    return wheel


def _had(version: str, target: Target, work: Path, errand: Errand) -> Path:
    """The laptop's own made into a wheel again, where that fits the machine; else fetched."""
    tag = own_tag(target)
    if tag:
        errand.say(f"packing rattler {version} for {errand.machine}")
        return pack_own(work / f"py_rattler-{version}-{tag}.whl")
    errand.say(f"fetching rattler {version} for {errand.machine}")
    platforms = [word for one in target.platform_tags for word in ("--platform", one)]
    try:
        call_pip(
            [
                "download", "--only-binary", ":all:", "--dest", work / "fetched",
                "--implementation", "cp", "--python-version", _OLDEST_PYTHON, "--abi", "abi3",
                *platforms,
            ],
            [f"{_PROJECT}=={version}"],
            Sources(operators_indexes(errand)),
            errand,
            work,
            hear=lambda _line: None,
        )  # fmt: skip
    except Stopped:
        raise
    except ProvisionError as error:
        raise CondaError(
            f"{errand.machine} has neither micromamba nor mamba nor conda, and rattler {version}"
            f" cannot be had for it ({target}): {error} Install micromamba there."
        ) from error
    return next((work / "fetched").glob("*.whl"))


def own_tag(target: Target) -> str:
    """The tag of the wheel from which the laptop has its rattler, if the machine loads it too."""
    said = metadata.distribution(_PROJECT).read_text("WHEEL") or ""
    tags = [line.partition(":")[2].strip() for line in said.splitlines() if line[:4] == "Tag:"]
    fitting = (tag for tag in tags if tag.rpartition("-")[2] in target.platform_tags)
    return next(fitting, "")


def pack_own(path: Path) -> Path:
    """A wheel of the files that are installed here; always the same bytes.

    Raises:
        OSError: the disk refuses.
    """
    files = metadata.files(_PROJECT) or []
    wanted = sorted(str(file) for file in files if file.parts[0] == _PACKAGE)
    with zipfile.ZipFile(path, "w") as wheel:
        for name in wanted:
            if "__pycache__" not in name:
                content = Path(str(metadata.distribution(_PROJECT).locate_file(name))).read_bytes()
                entry = zipfile.ZipInfo(name, _LONG_AGO)
                wheel.writestr(entry, content, zipfile.ZIP_DEFLATED, _LEVEL)
    return path
