"""The laptop's own uv as a wheel, for machines on which it runs, when no index can be asked."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

from clearq_tui.provisioning.target import Target, own_target, runs_what_runs_on

_MAGIC = b"\x7fELF"
_SIXTY_FOUR_BITS = 2
_HEADER_OF_PROGRAM = "<IIQ"
_INTERPRETER = 3
"""The kind of program header that names a dynamic loader."""
_LONG_AGO = (1980, 1, 1, 0, 0, 0)
_EXECUTABLE = 0o100755 << 16


def runs_there(program: Path, target: Target) -> bool:
    """Whether a program of the laptop runs on the machine too, as far as can be told.

    Raises:
        OSError: it cannot be read.
    """
    own = own_target()
    if runs_what_runs_on(target, own):
        return True
    same = (target.system, target.architecture) == (own.system, own.architecture)
    return same and is_static(program)


def is_static(program: Path) -> bool:
    """Whether it is an ELF program that needs no dynamic loader, and so no C library.

    Raises:
        OSError: it cannot be read.
    """
    with program.open("rb") as file:
        head = file.read(64)
        if len(head) < 64 or head[:4] != _MAGIC or head[4] != _SIXTY_FOUR_BITS:
            return False
        (offset,) = struct.unpack_from("<Q", head, 32)
        size, count = struct.unpack_from("<HH", head, 54)
        file.seek(offset)
        headers = file.read(size * count)
    if size < struct.calcsize(_HEADER_OF_PROGRAM) or len(headers) < size * count:
        return False
    kinds = [struct.unpack_from("<I", headers, size * index)[0] for index in range(count)]
    return _INTERPRETER not in kinds


def as_uv_wheel(program: Path, version: str, target: Target, directory: Path) -> Path:
    """A wheel that holds the program where uv's own wheels hold it.

    Raises:
        OSError: the disk refuses.
    """
    tag = target.platform_tags[0]
    path = directory / f"uv-{version}-py3-none-{tag}.whl"
    contents = {
        f"uv-{version}.data/scripts/uv": program.read_bytes(),
        f"uv-{version}.dist-info/METADATA": (
            f"Metadata-Version: 2.1\nName: uv\nVersion: {version}\n".encode()
        ),
        f"uv-{version}.dist-info/WHEEL": (
            f"Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: py3-none-{tag}\n".encode()
        ),
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        for name, content in contents.items():
            entry = zipfile.ZipInfo(name, _LONG_AGO)
            entry.external_attr = _EXECUTABLE
            entry.compress_type = zipfile.ZIP_DEFLATED
            wheel.writestr(entry, content)
    return path
