"""Wheels and source distributions of a few hundred bytes, made as a test needs them."""

from __future__ import annotations

import base64
import hashlib
import io
import tarfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

_BACKEND = """
import zipfile

NAME, VERSION, TAG, METADATA = {name!r}, {version!r}, {tag!r}, {metadata!r}

def _wheel(directory):
    file = f"{{NAME}}-{{VERSION}}-{{TAG}}.whl"
    info = f"{{NAME}}-{{VERSION}}.dist-info"
    with zipfile.ZipFile(f"{{directory}}/{{file}}", "w") as wheel:
        wheel.writestr(f"{{NAME}}.py", "VALUE = 1\\n")
        wheel.writestr(f"{{info}}/METADATA", METADATA)
        wheel.writestr(f"{{info}}/WHEEL", f"Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: {{TAG}}\\n")
        wheel.writestr(f"{{info}}/RECORD", "")
    return file

def build_wheel(directory, config_settings=None, metadata_directory=None):
    return _wheel(directory)

build_editable = build_wheel

def get_requires_for_build_editable(config_settings=None):
    return {extra!r}
"""  # noqa: E501


def metadata_of(name: str, version: str, requires: Sequence[str], python: str) -> str:
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    lines += [f"Requires-Python: {python}"] if python else []
    return "\n".join([*lines, *(f"Requires-Dist: {each}" for each in requires), "", ""])


def write_wheel(
    directory: Path,
    name: str,
    version: str,
    tag: str = "py3-none-any",
    *,
    requires: Sequence[str] = (),
    python: str = "",
    files: Mapping[str, bytes] | None = None,
) -> Path:
    """A valid wheel; its one module says for which tag it was made."""
    info = f"{name}-{version}.dist-info"
    contents = {
        f"{name}.py": f"TAG = {tag!r}\nVERSION = {version!r}\n".encode(),
        **(files or {}),
        f"{info}/METADATA": metadata_of(name, version, requires, python).encode(),
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: {tag}\n".encode(),
    }
    record = [
        f"{path},sha256={_digest(content)},{len(content)}" for path, content in contents.items()
    ]
    contents[f"{info}/RECORD"] = "\n".join([*record, f"{info}/RECORD,,", ""]).encode()
    path = directory / f"{name}-{version}-{tag}.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for member, content in contents.items():
            wheel.writestr(zipfile.ZipInfo(member), content)
    return path


def project_files(
    name: str,
    version: str,
    tag: str = "py3-none-any",
    *,
    requires: Sequence[str] = (),
    build_requires: Sequence[str] = (),
    extra: Sequence[str] = (),
) -> dict[str, str]:
    """A project that brings its own build backend, so that nothing is needed to build it.

    `extra` is what the backend asks for when it is asked.
    """
    metadata = metadata_of(name, version, requires, "")
    backend = _BACKEND.format(
        name=name, version=version, tag=tag, metadata=metadata, extra=list(extra)
    )
    pyproject = (
        f"[build-system]\nrequires = {list(build_requires)!r}\n"
        'build-backend = "backend"\nbackend-path = ["."]\n'
        f'[project]\nname = "{name}"\nversion = "{version}"\ndependencies = {list(requires)!r}\n'
    )
    return {"pyproject.toml": pyproject, "backend.py": backend, "PKG-INFO": metadata}


def write_sdist(directory: Path, name: str, version: str, files: Mapping[str, str]) -> Path:
    """A source distribution that holds the files."""
    path = directory / f"{name}-{version}.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for member, text in files.items():
            entry = tarfile.TarInfo(f"{name}-{version}/{member}")
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))
    return path


def _digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
