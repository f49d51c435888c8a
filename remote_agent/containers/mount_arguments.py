"""What `--volume` and `--mount` may give a container of the machine's files. Pure."""

from __future__ import annotations

import csv
import os
from typing import Callable, Dict, List, NamedTuple, Sequence

from remote_agent.containers.argument_syntax import Argument

PLACE_OF_OURS = "/clearq"
"""Where in a container clearq has its own files."""
SYSTEM: Sequence[str] = (
    "/bin",
    "/boot",
    "/dev",
    "/etc",
    "/lib",
    "/lib64",
    "/proc",
    "/run",
    "/sbin",
    "/sys",
    "/usr",
    "/var/lib/containerd",
    "/var/lib/containers",
    "/var/lib/docker",
    "/var/run",
    "/var/spool",
)
"""Directories by which a container could get hold of the machine."""
_SOCKETS = ("docker.sock", "podman.sock", "containerd.sock", "crio.sock")
_KINDS = ("bind", "volume", "tmpfs")
_SOURCE = ("source", "src")
_TARGET = ("target", "dst", "destination")


class _Wish(NamedTuple):
    """What is to be mounted."""

    source: str
    """A path, the name of a volume, or empty: a new volume, or memory."""
    target: str
    is_path: bool


def why_not_mounted(
    argument: Argument, resolve: Callable[[str], str], private: Sequence[str]
) -> str:
    """Why the option is refused; empty: it passes.

    Args:
        argument: a `volume` or a `mount`.
        resolve: gives the real path of a path.
        private: directories that no container may see, beside the usual ones.
    """
    value = argument.value or ""
    try:
        wish = _of_volume(value) if argument.name == "volume" else _of_mount(value)
    except ValueError as error:
        return str(error)
    target = os.path.normpath(_with_one_slash(wish.target))
    if _is_within(target, PLACE_OF_OURS) or target == "/":
        return "it covers what clearq puts into the container"
    if not wish.is_path:
        return ""
    real = resolve(wish.source)
    if os.path.basename(real) in _SOCKETS or os.path.basename(wish.source) in _SOCKETS:
        return "with that socket, every right on the machine can be had"
    for place in (*SYSTEM, *private):
        if _is_within(real, place) or _is_within(place, real):
            return "%s holds what is the machine's own" % real
    return ""


def as_meant(argument: Argument, resolve: Callable[[str], str]) -> str:
    """The option as the owner's patterns see it: what mounts a path, as a volume of its real path.

    However a path is written, and whichever option mounts it, the pattern is about the file.
    """
    value = argument.value or ""
    try:
        if argument.name == "volume":
            wish = _of_volume(value)
        elif argument.name == "mount":
            wish = _of_mount(value)
        else:
            return str(argument)
    except ValueError:
        return str(argument)
    if not wish.is_path:
        return str(argument)
    return "--volume=%s:%s" % (resolve(wish.source), wish.target)


def _of_volume(value: str) -> _Wish:
    """`/host:/container`, `name:/container` or `/container`, and `:options` behind the first two.

    Raises:
        ValueError: it is none; the message says what is wrong with it.
    """
    parts = value.split(":")
    if len(parts) == 1:
        return _Wish("", value, is_path=False)
    if parts[0].startswith("/"):
        return _Wish(_with_one_slash(parts[0]), parts[1], is_path=True)
    if not parts[0] or parts[0].startswith((".", "~")) or "/" in parts[0]:
        raise ValueError("its source has to be an absolute path or the name of a volume")
    return _Wish(parts[0], parts[1], is_path=False)


def _of_mount(value: str) -> _Wish:
    """`type=bind,source=/host,target=/container`.

    Raises:
        ValueError: it is not; the message says what is wrong with it.
    """
    fields = _fields_of(value)
    kind = fields.get("type", "volume").lower()
    if kind not in _KINDS:
        raise ValueError("its type is %.40r; known are %s" % (kind, ", ".join(_KINDS)))
    # A volume's options can make it any directory of the machine.
    foreign = [name for name in fields if name.startswith("volume-") and name != "volume-nocopy"]
    if foreign:
        raise ValueError("%s can give what is the machine's own" % foreign[0])
    source = next((fields[name] for name in _SOURCE if name in fields), "")
    target = next((fields[name] for name in _TARGET if name in fields), "")
    if kind == "bind" and not source.startswith("/"):
        raise ValueError("its source has to be an absolute path")
    if source.startswith(("/", ".", "~")) and kind != "bind":
        raise ValueError("its source has to be the name of a volume; for a path, say type=bind")
    is_path = kind == "bind"
    return _Wish(_with_one_slash(source) if is_path else source, target, is_path)


def _fields_of(value: str) -> Dict[str, str]:
    if any(ord(character) < ord(" ") for character in value):
        raise ValueError("it holds a line's end or another control character")
    try:
        rows: List[List[str]] = list(csv.reader([value], strict=True))
    except csv.Error as error:
        raise ValueError("it cannot be read: %s" % error) from error
    fields: Dict[str, str] = {}
    for field in rows[0] if rows else []:
        name, _, text = field.partition("=")
        name = name.strip().lower()
        if name in fields:
            raise ValueError("it says %.40s twice" % name)
        fields[name] = text
    named = [name for names in (_SOURCE, _TARGET) for name in names if name in fields]
    if len(named) > len(("source", "target")):
        raise ValueError("it says source or target twice")
    return fields


def _with_one_slash(path: str) -> str:
    """Two at the beginning mean the same to the kernel, but not to functions on paths."""
    return "/" + path.lstrip("/")


def _is_within(path: str, place: str) -> bool:
    return path == place or path.startswith(place.rstrip("/") + "/")
