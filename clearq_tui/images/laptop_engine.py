"""docker or podman on the laptop: which has an image, and what it says of it."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from clearq_tui.images.platform import fits
from clearq_tui.provisioning.errand import Errand
from clearq_tui.provisioning.failure import ProvisionError
from clearq_tui.provisioning.programs import Ended, run_program

ENGINES = ("docker", "podman")


@dataclass(frozen=True)
class LocalImage:
    """An image in the storage of an engine on the laptop."""

    program: str
    """Of the engine."""
    name: str
    identity: str
    """The engine's id of it."""
    platform: str
    """Such as `linux/amd64`."""


def find_image(name: str, platform: str, errand: Errand) -> LocalImage:
    """The image for the platform, pulled by the first engine that works if none has it.

    Raises:
        ProvisionError: there is no engine, or no such image.
        Stopped: the errand was given up.
    """
    programs = _programs(errand)
    looks = [_inspected(program, name, errand) for program in programs]
    for found in looks:
        if found is not None and fits(found.platform, platform):
            return found
    complaints = []
    for program in programs:
        errand.say(f"pulling the image {name}")
        chosen = ["--platform", platform] if platform else []
        pulled = _run(errand, program, "pull", *chosen, name)
        found = _inspected(program, name, errand) if pulled.code == 0 else None
        if found is not None and fits(found.platform, platform):
            return found
        complaints.append(f"{Path(program).name}: {_complaint(pulled) or 'it has no such image'}")
    raise ProvisionError(
        f"The image {name}{f' for {platform}' if platform else ''} cannot be had on the laptop "
        f"({'; '.join(complaints)}). Build or pull it here, or let {errand.machine} pull it "
        "itself (network direct)."
    )


def _programs(errand: Errand) -> list[str]:
    """The engines that are installed here.

    Raises:
        ProvisionError: none is.
    """
    path = errand.environment.get("PATH")
    programs = [found for name in ENGINES if (found := shutil.which(name, path=path))]
    if not programs:
        raise ProvisionError(
            "An image can be brought only by a laptop that has docker or podman, and this one has "
            f"neither. Install one, or let {errand.machine} pull the image itself (network direct)."
        )
    return programs


def _inspected(program: str, name: str, errand: Errand) -> LocalImage | None:
    ended = _run(errand, program, "image", "inspect", name)
    try:
        said = json.loads(ended.output)[0] if ended.code == 0 else {}
        platform = f"{said['Os']}/{said['Architecture']}"
        return LocalImage(program, name, str(said["Id"]), platform)
    except (ValueError, LookupError, TypeError):
        return None


def _run(errand: Errand, program: str, *arguments: str) -> Ended:
    return run_program([program, *arguments], errand, place=Path("/"))


def _complaint(ended: Ended) -> str:
    lines = [line.strip() for line in ended.errors.splitlines() if line.strip()]
    return lines[-1].removeprefix("Error: ").rstrip(".")[:300] if lines else ""
