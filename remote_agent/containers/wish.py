"""What a lease's spec says of its image, checked: it came over the link."""

from __future__ import annotations

import re
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Tuple

from remote_agent.containers.failure import ContainerError

_SHA256 = re.compile(r"[0-9a-f]{64}\Z")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,400}\Z")


class Login(NamedTuple):
    """How to be let into a registry."""

    registry: str
    user: str
    secret: str
    """The name of the secret that is the password."""


class Archive(NamedTuple):
    """An image that the laptop has brought, by the names of its blobs."""

    config: str
    layers: Tuple[str, ...]
    """The lowest first."""
    size: int
    """Bytes of all."""


class ImageWish(NamedTuple):
    """The image of one task, and how its container is to be made."""

    name: str
    arguments: Tuple[str, ...]
    is_prebuilt: bool
    shm_size: str
    network: str
    login: Optional[Login]
    archive: Optional[Archive]


def read_wish(spec: Mapping[str, Any]) -> ImageWish:
    """The image that the spec asks for.

    Raises:
        ContainerError: it asks for none, or a field is not what it must be.
    """
    said = spec.get("image") or {}
    name = said.get("name")
    if not name:
        raise ContainerError(
            "the task has no image; say which with --image, or give the worker one."
        )
    if not isinstance(name, str) or not _NAME.match(name):
        raise _wrong("name", name, "the name of an image, such as ubuntu:24.04")
    return ImageWish(
        name,
        tuple(_texts(said, "arguments")),
        said.get("prebuilt") is True,
        _text(said, "shm_size"),
        _text(said, "network"),
        _login(said),
        _archive(said.get("archive")),
    )


def _login(said: Dict[str, Any]) -> Optional[Login]:
    parts = _texts(said, "registry")
    if not parts:
        return None
    if len(parts) != len(Login._fields) or not all(parts) or parts[0].startswith("-"):
        raise _wrong("registry", parts, "a registry's host, a user and the name of a secret")
    return Login(*parts)


def _archive(said: object) -> Optional[Archive]:
    if said is None:
        return None
    if not isinstance(said, dict) or not isinstance(said.get("layers"), list):
        raise _wrong("archive", said, "an object with config and layers")
    blobs = [said.get("config"), *said["layers"]]
    for blob in blobs:
        if (
            not isinstance(blob, dict)
            or not _SHA256.match(str(blob.get("sha256")))
            or not isinstance(blob.get("size"), int)
        ):
            raise _wrong("archive", blob, "blobs with sha256 and size")
    config, *layers = [blob["sha256"] for blob in blobs]
    return Archive(config, tuple(layers), sum(blob["size"] for blob in blobs))


def _text(said: Dict[str, Any], field: str) -> str:
    value = said.get(field) or ""
    if not isinstance(value, str) or "\0" in value:
        raise _wrong(field, value, "a text")
    return value


def _texts(said: Dict[str, Any], field: str) -> List[str]:
    value = said.get(field) or []
    if not isinstance(value, (list, tuple)):
        raise _wrong(field, value, "a list")
    for text in value:
        if not isinstance(text, str) or "\0" in text:
            raise _wrong(field, text, "texts")
    return list(value)


def _wrong(field: str, value: object, expected: str) -> ContainerError:
    return ContainerError("the image's %s is %.80r; expected %s." % (field, value, expected))
