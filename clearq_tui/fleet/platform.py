"""What the first stage says of a machine, and how the laptop would say it of itself."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass

_SIXTY_FOUR_BITS = {"x86_64": "i686", "aarch64": "armv7l"}


@dataclass(frozen=True)
class Platform:
    """What a compiled module must fit."""

    system: str
    """`Linux`, `Darwin` …, as `uname -s` has it."""
    architecture: str
    """`x86_64`, `aarch64` …: the interpreter's, which may be half as wide as the kernel's."""
    libc: str
    """`glibc` or, for any other, empty."""


def platform_of(uname: list[str], bits: int, libc: str) -> Platform:
    """The platform behind what `os.uname`, the width of a pointer and `confstr` say."""
    system, _, _, _, architecture = uname
    if bits == 32:
        architecture = _SIXTY_FOUR_BITS.get(architecture, architecture)
    return Platform(system, architecture, "glibc" if libc.startswith("glibc") else "")


def own_platform() -> Platform:
    """The laptop's."""
    try:
        libc = os.confstr("CS_GNU_LIBC_VERSION") or ""
    except (OSError, ValueError):
        libc = ""
    return platform_of(list(os.uname()), sys.maxsize.bit_length() + 1, libc)


def wheel_fits(name: str, platform: Platform) -> bool:
    """Whether the wheel of this file name holds modules that load on the platform."""
    parts = name.removesuffix(".whl").split("-")
    if not name.endswith(".whl") or len(parts) < 5 or "abi3" not in parts[-2]:
        return False
    return any(_tag_fits(tag, platform) for tag in parts[-1].split("."))


def _tag_fits(tag: str, platform: Platform) -> bool:
    if platform.system == "Linux":
        kind = "manylinux" if platform.libc else "musllinux"
        return tag.startswith(kind) and tag.endswith("_" + platform.architecture)
    if platform.system == "Darwin":
        architectures: Mapping[str, tuple[str, ...]] = {
            "arm64": ("arm64", "universal2"),
            "x86_64": ("x86_64", "universal2"),
        }
        ends = architectures.get(platform.architecture, ())
        return bool(re.match(r"macosx_\d", tag)) and tag.endswith(ends)
    return False
