"""Writes conda packages of both formats, and channels of them."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

PLACEHOLDER = "/opt/" + "placeholder_" * 10 + "end"
"""A prefix that the builder of a package had; installers replace it."""
_MOST_IN_BLOCK = 128 << 10


@dataclass(frozen=True)
class File:
    """A file of a package; or a symbolic link to `target`."""

    content: bytes = b""
    mode: int = 0o644
    target: str = ""


@dataclass(frozen=True)
class Package:
    """What goes into one archive."""

    name: str
    version: str
    files: Mapping[str, File] = field(default_factory=dict)
    depends: Sequence[str] = ()
    noarch: str = ""
    """Empty, `generic` or `python`."""
    entry_points: Sequence[str] = ()
    build: str = "0"
    is_old_format: bool = False

    @property
    def stem(self) -> str:
        """The archive's name without its ending."""
        return f"{self.name}-{self.version}-{self.build}"

    @property
    def file_name(self) -> str:
        """The archive's."""
        return self.stem + (".tar.bz2" if self.is_old_format else ".conda")


class Channel:
    """A directory that is a channel."""

    def __init__(self, directory: Path, subdir: str = "linux-64") -> None:
        self.directory = directory
        self._subdir = subdir
        self._known: dict[str, dict[str, dict[str, object]]] = {subdir: {}, "noarch": {}}
        self.index()

    @property
    def url(self) -> str:
        """The channel as `file://` has it."""
        return self.directory.as_uri()

    def add(self, *packages: Package) -> list[Path]:
        """Write the packages and the index; the archives."""
        paths = []
        for package in packages:
            subdir = "noarch" if package.noarch else self._subdir
            path = self.directory / subdir / package.file_name
            index = _index_of(package, subdir)
            path.write_bytes(_archive(package, index))
            raw = path.read_bytes()
            self._known[subdir][path.name] = index | {
                "md5": hashlib.md5(raw).hexdigest(),
                "sha256": hashlib.sha256(raw).hexdigest(),
                "size": len(raw),
            }
            paths.append(path)
        self.index()
        return paths

    def url_of(self, package: Package) -> str:
        """Where the archive lies."""
        subdir = "noarch" if package.noarch else self._subdir
        return f"{self.url}/{subdir}/{package.file_name}"

    def entry_of(self, package: Package) -> dict[str, object]:
        """What the index says of the package; to be changed, and written by `index`."""
        subdir = "noarch" if package.noarch else self._subdir
        return self._known[subdir][package.file_name]

    def index(self) -> None:
        """Write what the channel has."""
        for subdir, known in self._known.items():
            (self.directory / subdir).mkdir(parents=True, exist_ok=True)
            old = {name: one for name, one in known.items() if name.endswith(".tar.bz2")}
            new = {name: one for name, one in known.items() if name.endswith(".conda")}
            repodata = {
                "info": {"subdir": subdir},
                "packages": old,
                "packages.conda": new,
                "repodata_version": 1,
            }
            (self.directory / subdir / "repodata.json").write_text(json.dumps(repodata))


def python_package(base: Path, version: str) -> Package:
    """A Python of its own prefix, whose standard library is that of the one at `base`."""
    series = version.rpartition(".")[0]
    library = base / "lib" / f"python{series}"
    program = (base / "bin" / f"python{series}").resolve()
    files = {
        f"bin/python{series}": File(program.read_bytes(), 0o755),
        "bin/python": File(target=f"python{series}"),
        "bin/python3": File(target=f"python{series}"),
        f"lib/python{series}/site-packages/README.txt": File(b"packages go here\n"),
    }
    for path in sorted(library.iterdir()):
        if path.name not in ("site-packages", "dist-packages", "__pycache__"):
            files[f"lib/python{series}/{path.name}"] = File(target=str(path))
    return Package("python", version, files)


def script(text: str) -> File:
    """A program of a package."""
    return File(text.encode(), 0o755)


def _index_of(package: Package, subdir: str) -> dict[str, object]:
    index: dict[str, object] = {
        "name": package.name,
        "version": package.version,
        "build": package.build,
        "build_number": 0,
        "depends": list(package.depends),
        "subdir": subdir,
    }
    return index | ({"noarch": package.noarch} if package.noarch else {})


def _archive(package: Package, index: dict[str, object]) -> bytes:
    about = _about(package, index)
    if package.is_old_format:
        return _tar({**about, **package.files}, "w:bz2")
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("metadata.json", json.dumps({"conda_pkg_format_version": 2}))
        archive.writestr(f"pkg-{package.stem}.tar.zst", _as_zstd(_tar(package.files, "w")))
        archive.writestr(f"info-{package.stem}.tar.zst", _as_zstd(_tar(about, "w")))
    return stream.getvalue()


def _about(package: Package, index: dict[str, object]) -> dict[str, File]:
    paths = [_path_entry(path, file) for path, file in package.files.items()]
    about: dict[str, object] = {
        "index.json": index,
        "paths.json": {"paths": paths, "paths_version": 1},
    }
    if package.noarch == "python":
        about["link.json"] = {
            "noarch": {"type": "python", "entry_points": list(package.entry_points)},
            "package_metadata_version": 1,
        }
    return {f"info/{name}": File(json.dumps(value).encode()) for name, value in about.items()}


def _path_entry(path: str, file: File) -> dict[str, object]:
    entry: dict[str, object] = {
        "_path": path,
        "path_type": "softlink" if file.target else "hardlink",
        "sha256": hashlib.sha256(file.content).hexdigest(),
        "size_in_bytes": len(file.content),
    }
    if PLACEHOLDER.encode() in file.content:
        is_binary = b"\0" in file.content
        entry |= {
            "prefix_placeholder": PLACEHOLDER,
            "file_mode": "binary" if is_binary else "text",
        }
    return entry


def _tar(files: Mapping[str, File], mode: str) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode) as tar:  # type: ignore[call-overload]
        for path, file in files.items():
            member = tarfile.TarInfo(path)
            member.mode = file.mode
            if file.target:
                member.type, member.linkname = tarfile.SYMTYPE, file.target
            member.size = len(file.content)
            tar.addfile(member, io.BytesIO(file.content))
    return stream.getvalue()


def _as_zstd(data: bytes) -> bytes:
    """One frame of zstd, of blocks that are not compressed."""
    blocks = [data[at : at + _MOST_IN_BLOCK] for at in range(0, len(data), _MOST_IN_BLOCK)] or [b""]
    frame = bytearray(b"\x28\xb5\x2f\xfd\xa0" + len(data).to_bytes(4, "little"))
    for number, block in enumerate(blocks, 1):
        header = (len(block) << 3) | (number == len(blocks))
        frame += header.to_bytes(3, "little") + block
    return bytes(frame)
