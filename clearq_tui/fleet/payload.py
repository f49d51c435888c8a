"""What is pushed to a machine: the agent's sources, and what helps it read metrics.

One compressed block: a line of JSON that lists path, size and SHA-256 of every file, then the
files' bytes in that order. The same contents always give the same block.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import zipfile
import zlib
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Final

from clearq_tui.fleet.platform import Platform, own_platform, wheel_fits

_ELSEWHERE: Final = frozenset({"_pswindows.py", "_psaix.py", "_pssunos.py"})
"""Parts of psutil for systems on which the agent does not run."""

_LARGEST_MEMBER: Final = 4 << 20
_LEVEL: Final = 6


class Payloads:
    """Builds payloads and keeps them; the files are read once."""

    def __init__(self, wheels: Path) -> None:
        """`wheels` may hold psutil wheels for machines whose platform is not the laptop's."""
        self._wheels = wheels
        self._files = agent_files() | _nvml_files()
        self._built: dict[Platform, bytes] = {}
        self.build = _build_hash(self._files, wheels)
        """The agent's name: another content, or other wheels at hand, make it another."""

    def payload_for(self, platform: Platform) -> bytes:
        """The block for a machine of this platform."""
        if platform not in self._built:
            psutil = psutil_files(platform, self._wheels)
            self._built[platform] = pack(self._files | psutil)
        return self._built[platform]


def agent_files() -> dict[str, bytes]:
    """The sources of `remote_agent`, by path inside the payload."""
    package = _directory_of("remote_agent")
    if package is None:
        raise FileNotFoundError("clearq is not installed whole: remote_agent is missing.")
    return {
        path.relative_to(package.parent).as_posix(): path.read_bytes()
        for path in sorted(package.rglob("*.py"))
    }


def psutil_files(platform: Platform, wheels: Path) -> dict[str, bytes]:
    """psutil for the platform: the laptop's own, else out of a wheel; else none."""
    if platform == own_platform() and (package := _directory_of("psutil")) is not None:
        found = {
            f"psutil/{path.name}": path.read_bytes()
            for path in sorted(package.iterdir())
            if _is_wanted(path.name)
        }
        if any(".abi3." in path for path in found):
            return found
    for wheel in reversed(_psutil_wheels(wheels)):
        if wheel_fits(wheel.name, platform):
            return _unpacked(wheel)
    return {}


def pack(files: Mapping[str, bytes]) -> bytes:
    """The block that holds the files."""
    paths = sorted(files)
    manifest = [[path, len(files[path]), hashlib.sha256(files[path]).hexdigest()] for path in paths]
    head = json.dumps(manifest, separators=(",", ":")).encode() + b"\n"
    return zlib.compress(head + b"".join(files[path] for path in paths), _LEVEL)


def announce(payload: bytes) -> bytes:
    """The 80 bytes that the first stage reads before the payload: its length and SHA-256."""
    return f"{len(payload):<15d}{hashlib.sha256(payload).hexdigest()}\n".encode()


def _build_hash(files: Mapping[str, bytes], wheels: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(f"{path}\0{len(files[path])}\0".encode() + files[path])
    try:
        digest.update(metadata.version("psutil").encode())
    except metadata.PackageNotFoundError:
        digest.update(b"none")
    for wheel in _psutil_wheels(wheels):
        digest.update(f"\0{wheel.name}\0{wheel.stat().st_size}".encode())
    return digest.hexdigest()


def _nvml_files() -> dict[str, bytes]:
    found = importlib.util.find_spec("pynvml")
    if found is None or found.origin is None:
        return {}
    return {"pynvml.py": Path(found.origin).read_bytes()}


def _directory_of(package: str) -> Path | None:
    found = importlib.util.find_spec(package)
    places = found.submodule_search_locations if found is not None else None
    return Path(next(iter(places))) if places else None


def _psutil_wheels(wheels: Path) -> list[Path]:
    return sorted(wheels.glob("psutil-*.whl"))


def _is_wanted(name: str) -> bool:
    return name.endswith((".py", ".so")) and name not in _ELSEWHERE


def _unpacked(wheel: Path) -> dict[str, bytes]:
    """The package's own files; nothing below it and nothing beside it."""
    with zipfile.ZipFile(wheel) as archive:
        return {
            member.filename: archive.read(member)
            for member in archive.infolist()
            if member.filename.startswith("psutil/")
            and "/" not in (name := member.filename.removeprefix("psutil/"))
            and _is_wanted(name)
            and member.file_size <= _LARGEST_MEMBER
        }
