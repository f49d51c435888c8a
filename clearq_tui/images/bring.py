"""Bring an image: find it on the laptop, save it, take it apart, keep the parts as blobs."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TypedDict, cast

from clearq_tui.images.laptop_engine import LocalImage, find_image
from clearq_tui.images.layer_blobs import layer_blob
from clearq_tui.images.saved_image import find_saved_image
from clearq_tui.images.spool import Spool, Spooled
from clearq_tui.provisioning.errand import Errand
from clearq_tui.provisioning.failure import ProvisionError, Stopped
from clearq_tui.provisioning.kept_blobs import KeptBlob, is_at_hand, keep_as_blob
from clearq_tui.provisioning.remembered import alone, key_of, recall, remember

_KIND = "images"
_LONGEST_COMPLAINT = 300


class BroughtImage(TypedDict):
    """What a lease's spec says of the image as `archive`; every blob is to travel."""

    config: KeptBlob
    layers: list[KeptBlob]
    """The lowest first."""


def bring_image(name: str, errand: Errand, platform: str = "") -> BroughtImage:
    """The image as blobs; pulled on the laptop where it is not there.

    `platform`: for which it has to be, such as `linux/amd64`; empty: whatever it is for.

    Raises:
        ProvisionError: it cannot be had; the sentence says why and what to do.
        Stopped: the errand was given up.
        OSError: the disk refuses.
    """
    image = find_image(name, platform, errand)
    key = key_of("image", image.identity, platform)
    with alone(errand, _KIND, key):
        known = _known(recall(errand, _KIND, key), errand)
        if known is not None:
            return known
        errand.say(f"saving the image {name}")
        with errand.work_directory() as place:
            spool = Spool(place)
            _save(image, spool, errand)
            brought = _taken_apart(spool, platform or image.platform, errand)
        remember(errand, _KIND, key, cast(Mapping[str, object], brought))
    return brought


def blobs_of(image: BroughtImage) -> list[KeptBlob]:
    """All that has to travel."""
    return [image["config"], *image["layers"]]


def _known(said: Mapping[str, object] | None, errand: Errand) -> BroughtImage | None:
    """What was remembered, if all of it is still here."""
    if said is None or not isinstance(said.get("layers"), list):
        return None
    brought = cast(BroughtImage, said)
    return brought if all(is_at_hand(blob, errand.home) for blob in blobs_of(brought)) else None


def _save(image: LocalImage, spool: Spool, errand: Errand) -> None:
    with tempfile.TemporaryFile() as complaints:
        process = subprocess.Popen(
            [image.program, "save", image.name],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=complaints,
            env=dict(errand.environment),
            cwd=Path("/"),
        )
        assert process.stdout is not None, "it was asked for"
        problem: ProvisionError | None = None
        try:
            try:
                spool.take(process.stdout, errand.stopped)
            except Stopped:
                raise
            except ProvisionError as error:
                problem = error  # perhaps the engine has failed, and says why
            while process.stdout.read(1 << 16):
                pass  # behind the archive's end
            code = process.wait()
        finally:
            process.kill()
            process.wait()
            process.stdout.close()
        if code != 0:
            complaints.seek(0)
            said = complaints.read().decode(errors="replace").strip()
            raise ProvisionError(
                f"The image {image.name} could not be saved by {Path(image.program).name}: "
                f"{said[-_LONGEST_COMPLAINT:].rstrip('.') or f'exit code {code}'}."
            )
        if problem is not None:
            raise problem


def _taken_apart(spool: Spool, platform: str, errand: Errand) -> BroughtImage:
    image = find_saved_image(spool.read, platform)
    config = _needed(spool, image.config)
    layers: list[KeptBlob] = []
    for number, name in enumerate(image.layers, 1):
        errand.say(f"packing layer {number} of {len(image.layers)} of the image")
        layers.append(layer_blob(_needed(spool, name), errand))
    return BroughtImage(config=keep_as_blob(config.path, errand.home), layers=layers)


def _needed(spool: Spool, name: str) -> Spooled:
    found = spool.file(name)
    if found is None:
        raise ProvisionError(f"The image could not be taken apart: it lacks its part {name}.")
    return found
