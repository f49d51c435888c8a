"""What conda has to know of the machine for which it solves."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from clearq_tui.conda.failure import CondaError

_SUBDIRS = {
    ("Linux", "x86_64"): "linux-64",
    ("Linux", "i686"): "linux-32",
    ("Linux", "aarch64"): "linux-aarch64",
    ("Linux", "armv7l"): "linux-armv7l",
    ("Linux", "ppc64le"): "linux-ppc64le",
    ("Linux", "s390x"): "linux-s390x",
    ("Linux", "riscv64"): "linux-riscv64",
    ("Darwin", "x86_64"): "osx-64",
    ("Darwin", "arm64"): "osx-arm64",
}
_CUDA_OF_DRIVERS = (
    (580, "13.0"), (575, "12.9"), (570, "12.8"), (565, "12.7"), (560, "12.6"), (555, "12.5"),
    (550, "12.4"), (545, "12.3"), (535, "12.2"), (530, "12.1"), (525, "12.0"), (520, "11.8"),
    (515, "11.7"), (510, "11.6"), (495, "11.5"), (470, "11.4"), (465, "11.3"), (460, "11.2"),
    (455, "11.1"), (450, "11.0"),
)  # fmt: skip
"""The first driver of each series, with the newest CUDA whose programs it runs."""
_OLDEST_FOR_RATTLER = (3, 10)
_MICRO = re.compile(r"\d+(\.\d+)*")


@dataclass(frozen=True)
class Target:
    """A kind of machine."""

    subdir: str
    """As channels call the platform: `linux-64`."""
    virtual: tuple[tuple[str, str, str], ...]
    """Name, version and build of what is there without being installed, such as `__glibc`."""

    def version_of(self, name: str) -> str | None:
        """Of the virtual package; None where the machine has it not."""
        return next((version for known, version, _ in self.virtual if known == name), None)


def target_of(facts: Mapping[str, object]) -> Target:
    """The kind of machine of which an agent says these facts.

    Raises:
        CondaError: there are no conda packages for such a machine.
    """
    system, architecture = str(facts.get("system")), str(facts.get("architecture"))
    subdir = _SUBDIRS.get((system, architecture))
    if subdir is None:
        raise CondaError(
            f"conda has no packages for {system} on {architecture}; choose the mode venv."
        )
    virtual = [("__unix", "0", "0"), ("__archspec", "1", architecture.replace("aarch64", "arm64"))]
    release = _MICRO.match(str(facts.get("release", "")))
    number = release[0] if release else "0"
    if system == "Linux":
        virtual.append(("__linux", number, "0"))
        name, _, version = str(facts.get("libc", "")).partition(" ")
        if name == "glibc" and version:
            virtual.append(("__glibc", version, "0"))
    if cuda := newest_cuda(str(facts.get("nvidia_driver", ""))):
        virtual.append(("__cuda", cuda, "0"))
    return Target(subdir, tuple(virtual))


def newest_cuda(driver: str) -> str:
    """The newest CUDA for which NVIDIA's driver of this version is enough; empty: none is."""
    found = re.match(r"\d+", driver)
    major = int(found[0]) if found else 0
    return next((cuda for first, cuda in _CUDA_OF_DRIVERS if major >= first), "")


def wants_rattler(facts: Mapping[str, object]) -> bool:
    """Whether the machine has none of the programs that install conda packages."""
    return not facts.get("conda")


def wants_python(facts: Mapping[str, object]) -> bool:
    """Whether the machine has no Python on which rattler runs."""
    pythons = facts.get("pythons")
    known = [str(facts.get("python", ""))]
    if isinstance(pythons, list):
        known += [str(one.get("version", "")) for one in pythons if isinstance(one, Mapping)]
    versions = [re.findall(r"\d+", version)[:2] for version in known]
    return not any(tuple(map(int, version)) >= _OLDEST_FOR_RATTLER for version in versions)
