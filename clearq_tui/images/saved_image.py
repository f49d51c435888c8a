"""What is in the archive that `docker save` or `podman save` writes. Pure.

There are two forms: docker's own, with a `manifest.json`, and that of the OCI, with an
`index.json`. An archive may have both.
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from clearq_tui.images.platform import fits
from clearq_tui.provisioning.failure import ProvisionError

LARGEST_TEXT = 8 << 20
"""Bytes of a file that says how others belong together."""
_DEEPEST = 4
"""How many indices may name one another."""
_INDEX_TYPES = ("index", "manifest.list")


@dataclass(frozen=True)
class SavedImage:
    """The files of one image, by their names in the archive."""

    config: str
    layers: tuple[str, ...]
    """The lowest first."""


def find_saved_image(read: Callable[[str], bytes | None], platform: str) -> SavedImage:
    """The image in an archive.

    Args:
        read: gives the content of a file; None: there is none of that name.
        platform: which of several images is wanted, such as `linux/amd64`; empty: the first.

    Raises:
        ProvisionError: the archive holds no image, or none for that platform.
    """
    manifest = read("manifest.json")
    if manifest is not None:
        return _of_docker(_json(manifest, "manifest.json"))
    index = read("index.json")
    if index is not None:
        found = _of_oci(_json(index, "index.json"), read, platform, _DEEPEST)
        if found is not None:
            return found
        raise ProvisionError(f"The image that was saved has no part for {platform}.")
    raise _damaged("it has neither manifest.json nor index.json")


def _of_docker(said: Any) -> SavedImage:  # noqa: ANN401 - JSON
    try:
        entry = said[0]
        config, layers = entry["Config"], entry["Layers"]
        if not isinstance(config, str) or not all(isinstance(layer, str) for layer in layers):
            raise _damaged("its manifest.json names no files")
        return SavedImage(_plain(config), tuple(map(_plain, layers)))
    except (LookupError, TypeError) as error:
        raise _damaged("its manifest.json names no files") from error


def _of_oci(
    index: Any,  # noqa: ANN401 - JSON
    read: Callable[[str], bytes | None],
    platform: str,
    depth: int,
) -> SavedImage | None:
    """The first fitting image below the index; None: there is none."""
    if not isinstance(index, dict) or not isinstance(index.get("manifests"), list):
        raise _damaged("its index.json lists no images")
    for entry in index["manifests"]:
        if not isinstance(entry, dict) or not _is_wanted(entry, platform):
            continue
        content = read(_blob(entry.get("digest")))
        if content is None:
            continue  # a part for another platform, which was not saved
        said = _json(content, "an index")
        if any(word in str(entry.get("mediaType", "")) for word in _INDEX_TYPES):
            found = _of_oci(said, read, platform, depth - 1) if depth else None
            if found is not None:
                return found
        else:
            return _of_manifest(said)
    return None


def _is_wanted(entry: Mapping[str, Any], platform: str) -> bool:
    """Whether it may be the image; beside it there may be statements about how it was built."""
    said = entry.get("platform")
    if not isinstance(said, dict) or not said.get("os"):
        return True
    system, architecture = said.get("os"), said.get("architecture")
    return system != "unknown" and fits(f"{system}/{architecture}", platform)


def _of_manifest(said: Any) -> SavedImage:  # noqa: ANN401 - JSON
    try:
        layers = [_blob(layer["digest"]) for layer in said["layers"]]
        return SavedImage(_blob(said["config"]["digest"]), tuple(layers))
    except (LookupError, TypeError) as error:
        raise _damaged("a manifest names no files") from error


def _blob(digest: object) -> str:
    kind, _, text = str(digest).partition(":")
    return f"blobs/{kind}/{text}"


def _plain(name: str) -> str:
    return posixpath.normpath(name).lstrip("/")


def _json(content: bytes, name: str) -> Any:  # noqa: ANN401 - JSON
    try:
        return json.loads(content)
    except ValueError as error:
        raise _damaged(f"{name} is no JSON") from error


def _damaged(what: str) -> ProvisionError:
    return ProvisionError(f"The image could not be taken apart: {what}.")
