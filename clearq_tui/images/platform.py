"""What images are made for, in the words of the engines. Pure."""

from __future__ import annotations

from clearq_tui.provisioning.target import Target

_ARCHITECTURES = {
    "x86_64": "amd64",
    "aarch64": "arm64",
    "armv7l": "arm",
    "i686": "386",
    "ppc64le": "ppc64le",
    "s390x": "s390x",
    "riscv64": "riscv64",
}


def platform_of(target: Target) -> str:
    """Such as `linux/amd64`; empty: engines have no word for that machine."""
    architecture = _ARCHITECTURES.get(target.architecture, "")
    return f"linux/{architecture}" if target.system == "Linux" and architecture else ""


def fits(platform: str, wanted: str) -> bool:
    """Whether an image for the one runs where the other is wanted; variants are not looked at."""
    return not wanted or platform.split("/")[:2] == wanted.split("/")[:2]
