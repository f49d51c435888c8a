"""What the laptop fetches for: a machine's system, processor, C library and Pythons."""

from __future__ import annotations

import functools
import os
import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from clearq_tui.provisioning.macos import macos_of_darwin

_NARROW = {"x86_64": "i686", "aarch64": "armv7l"}
"""What programs are made for where they are half as wide as the kernel."""
_LEGACY = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}
_OLDEST_GLIBC = {"x86_64": 5, "i686": 5}
_RESOLVED_FOR = (17, 28, *range(31, 41))
"""The minor versions of glibc that uv resolves for."""


@dataclass(frozen=True)
class FoundPython:
    """An interpreter on the machine."""

    version: str
    """`3.11`, or `3.11.7` where that is known."""
    path: str


@dataclass(frozen=True)
class Target:
    """What decides which wheels, tools and builds run on a machine."""

    system: str
    """`Linux` or `Darwin`."""
    architecture: str
    """`x86_64`, `aarch64`, `arm64` …: that of its programs."""
    libc: str
    """`glibc` or `musl`; empty on macOS, and where it is not known."""
    release: tuple[int, int]
    """Of the C library; on macOS, of the system."""
    pythons: tuple[FoundPython, ...] = ()
    """Those on the machine, the one that its account uses first."""

    def __str__(self) -> str:
        """As a sentence names it: `Linux aarch64 with glibc 2.36`."""
        number = ".".join(map(str, self.release))
        if self.system == "Darwin":
            return f"macOS {number} {self.architecture}"
        return f"{self.system} {self.architecture} with {self.libc or 'an unknown libc'} {number}"

    @property
    def uv_platform(self) -> str | None:
        """What uv calls it, rounded down to one that it resolves for; None: it has no word."""
        if self.system == "Darwin":
            return {
                "arm64": "aarch64-apple-darwin",
                "x86_64": "x86_64-apple-darwin",
            }.get(self.architecture)
        if self.system != "Linux" or not self.libc:
            return None
        if self.architecture == "riscv64" and self.libc == "glibc":
            return "riscv64-unknown-linux"
        if self.architecture not in ("x86_64", "aarch64"):
            return None
        if self.libc == "musl":
            return f"{self.architecture}-unknown-linux-musl"
        minor = max((each for each in _RESOLVED_FOR if (2, each) <= self.release), default=17)
        return f"{self.architecture}-manylinux_2_{minor}"

    @property
    def platform_tags(self) -> tuple[str, ...]:
        """The platforms of wheels that it loads, the most fitting first."""
        return tuple(_platform_tags(self))


def target_of(facts: Mapping[str, object]) -> Target:
    """The target behind what an agent says of its machine; unknown parts are empty."""
    system, architecture = str(facts.get("system", "")), str(facts.get("architecture", ""))
    if facts.get("bits") == 32:
        architecture = _NARROW.get(architecture, architecture)
    pythons = _pythons(facts.get("pythons"))
    if system == "Darwin":
        release = macos_of_darwin(str(facts.get("release", "")))
        return Target(system, architecture, "", release, pythons)
    name, _, number = str(facts.get("libc", "")).partition(" ")
    libc = name if name in ("glibc", "musl") else ""
    return Target(system, architecture, libc, _two_numbers(number), pythons)


@functools.cache
def own_target() -> Target:
    """The laptop, without its Pythons."""
    uname = os.uname()
    try:
        libc = os.confstr("CS_GNU_LIBC_VERSION") or ""
    except (AttributeError, OSError, ValueError):
        libc = ""
    return target_of(
        {
            "system": uname.sysname,
            "architecture": uname.machine,
            "release": uname.release,
            "bits": struct.calcsize("P") * 8,
            "libc": libc,
        }
    )


def runs_what_runs_on(target: Target, other: Target) -> bool:
    """Whether a program that is linked to `other`'s C library runs on `target` too."""
    return (
        (target.system, target.architecture, target.libc)
        == (other.system, other.architecture, other.libc)
        and bool(target.libc or target.system == "Darwin")
        and target.release >= other.release
    )


def _platform_tags(target: Target) -> Iterator[str]:
    architecture, (major, minor) = target.architecture, target.release
    if target.system == "Darwin":
        from packaging.tags import mac_platforms

        yield from mac_platforms((major, minor), architecture)
        return
    if target.libc == "glibc" and major == 2:
        for each in range(minor, _OLDEST_GLIBC.get(architecture, 17) - 1, -1):
            yield f"manylinux_2_{each}_{architecture}"
            if each in _LEGACY:
                yield f"{_LEGACY[each]}_{architecture}"
    elif target.libc == "musl" and major == 1:
        for each in range(minor, -1, -1):
            yield f"musllinux_1_{each}_{architecture}"
    yield f"linux_{architecture}"


def _pythons(said: object) -> tuple[FoundPython, ...]:
    """A machine's list, as far as it is one."""
    return tuple(
        FoundPython(each["version"], each["path"])
        for each in (said if isinstance(said, list) else ())
        if isinstance(each, dict)
        and isinstance(each.get("path"), str)
        and re.fullmatch(r"3\.\d{1,3}(\.\d{1,3})?", str(each.get("version")))
    )


def _two_numbers(text: str) -> tuple[int, int]:
    found = re.match(r"(\d{1,4})\.(\d{1,4})", text)
    return (int(found[1]), int(found[2])) if found else (0, 0)
