"""Makes layers into blobs: compressed, and the same layer always into the same blob."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import cast

from clearq_tui.images.spool import Spooled
from clearq_tui.provisioning.errand import Errand
from clearq_tui.provisioning.failure import Stopped
from clearq_tui.provisioning.kept_blobs import KeptBlob, is_at_hand, keep_as_blob
from clearq_tui.provisioning.remembered import recall, remember

_KIND = "image-layers"
_COMPRESSED = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"BZh", b"\xfd7zXZ")
"""How files begin that are compressed: by gzip, zstd, bzip2, xz."""
_LEVEL = 1
"""Most of what can be saved, at the speed of a fast network."""
_PIECE = 1 << 20


def layer_blob(layer: Spooled, errand: Errand) -> KeptBlob:
    """The blob for the layer. Every engine takes layers compressed by gzip.

    Raises:
        Stopped: the errand was given up.
        OSError: the disk refuses.
    """
    known = recall(errand, _KIND, layer.sha256)
    if known is not None and is_at_hand(known, errand.home):
        return cast(KeptBlob, known)
    path = layer.path
    if not _is_compressed(path):
        path = path.with_name(path.name + ".gz")
        _compress(layer.path, path, errand)
    blob = keep_as_blob(path, errand.home)
    # Its bytes depend on who compresses; a machine that has it is not to get it again.
    remember(errand, _KIND, layer.sha256, dict(blob))
    return blob


def _is_compressed(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(8).startswith(_COMPRESSED)


def _compress(source: Path, target: Path, errand: Errand) -> None:
    """Put the compressed file in the place of the other, which the disk may not have room for."""
    with (
        source.open("rb") as reading,
        target.open("xb") as raw,
        # Without name and time, so that the same layer gives the same bytes.
        gzip.GzipFile("", "wb", _LEVEL, raw, mtime=0) as writing,
    ):
        while data := reading.read(_PIECE):
            if errand.stopped.is_set():
                raise Stopped("The image is not wanted any more.")
            writing.write(data)
    source.unlink()
