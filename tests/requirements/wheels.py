"""Small wheels that tests make, and files in trees."""

from __future__ import annotations

import hashlib
import subprocess
import zipfile
from collections.abc import Sequence
from pathlib import Path


def make_wheel(
    place: Path, name: str, version: str = "1.0", requires: Sequence[str] = (), module: str = ""
) -> Path:
    """A wheel of one module, named as the distribution is unless `module` says otherwise."""
    place.mkdir(parents=True, exist_ok=True)
    stem = f"{name.replace('-', '_')}-{version}"
    wheel = place / f"{stem}-py3-none-any.whl"
    about = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    about += "".join(f"Requires-Dist: {text}\n" for text in requires)
    file = f"{(module or name.replace('-', '_')).replace('.', '/')}.py"
    content = {
        file: f"version = {version!r}\n",
        f"{stem}.dist-info/METADATA": about,
        f"{stem}.dist-info/WHEEL": (
            "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        ),
    }
    record = [f"{path},," for path in (*content, f"{stem}.dist-info/RECORD")]
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in content.items():
            archive.writestr(path, text)
        archive.writestr(f"{stem}.dist-info/RECORD", "\n".join(record) + "\n")
    return wheel


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write(tree: Path, files: dict[str, str]) -> Path:
    """Write files below a directory, which is returned."""
    for name, text in files.items():
        path = tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tree


SETUP = "from setuptools import setup\nsetup(name='x')\n"
HASH = "sha256:" + "0123456789abcdef" * 4
OTHER_HASH = "sha256:" + "fedcba9876543210" * 4


def run(command: Sequence[str], place: Path) -> str:
    """The output of a program, which must succeed."""
    done = subprocess.run(command, cwd=place, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def uv(place: Path, *arguments: str) -> str:
    """The output of clearq's own uv, without the network."""
    from uv import find_uv_bin

    return run([find_uv_bin(), *arguments, "--offline", "--no-cache", "--quiet"], place)
