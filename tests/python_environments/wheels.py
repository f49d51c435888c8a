"""Small packages made by the tests: wheels, source archives and projects."""

from __future__ import annotations

import base64
import hashlib
import io
import stat
import tarfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

BACKEND = """
import base64, hashlib, os, zipfile

NAME, VERSION, MODULE, REQUIRES, SCRIPTS = {facts!r}
STEM = NAME.replace("-", "_") + "-" + VERSION
INFO = STEM + ".dist-info/"


def _write(directory, files):
    name = STEM + "-py3-none-any.whl"
    files = dict(files)
    files[INFO + "METADATA"] = "".join(
        ["Metadata-Version: 2.1\\nName: %s\\nVersion: %s\\n" % (NAME, VERSION)]
        + ["Requires-Dist: %s\\n" % one for one in REQUIRES]
    )
    about = ["Wheel-Version: 1.0", "Generator: t", "Root-Is-Purelib: true", "Tag: py3-none-any", ""]
    files[INFO + "WHEEL"] = "\\n".join(about)
    if SCRIPTS:
        files[INFO + "entry_points.txt"] = "[console_scripts]\\n" + "\\n".join(SCRIPTS) + "\\n"
    record = ""
    with zipfile.ZipFile(os.path.join(directory, name), "w") as archive:
        for path, content in files.items():
            digest = base64.urlsafe_b64encode(hashlib.sha256(content.encode()).digest())
            record += "%s,sha256=%s,%d\\n" % (path, digest.rstrip(b"=").decode(), len(content))
            archive.writestr(path, content)
        archive.writestr(INFO + "RECORD", record + INFO + "RECORD,,\\n")
    return name


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    {before}
    with open(MODULE + ".py") as file:
        return _write(wheel_directory, {{MODULE + ".py": file.read()}})


def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    {before}
    return _write(wheel_directory, {{NAME + ".pth": os.getcwd() + "\\n"}})
"""


@dataclass(frozen=True)
class Package:
    """What a small package consists of."""

    name: str
    version: str = "1.0"
    requires: Sequence[str] = ()
    scripts: Sequence[str] = ()
    """Entry points, such as `tool = module:function`."""
    files: Mapping[str, str] = field(default_factory=dict)
    """By path in the wheel; a module that knows its version when empty."""
    tag: str = "py3-none-any"

    @property
    def module(self) -> str:
        return self.name.replace("-", "_")

    def wheel(self, directory: Path) -> Path:
        """Make the wheel in the directory."""
        stem = f"{self.module}-{self.version}"
        info = f"{stem}.dist-info"
        files = dict(self.files) or {f"{self.module}.py": f"version = {self.version!r}\n"}
        files[f"{info}/METADATA"] = self.metadata()
        files[f"{info}/WHEEL"] = (
            f"Wheel-Version: 1.0\nGenerator: t\nRoot-Is-Purelib: true\nTag: {self.tag}\n"
        )
        if self.scripts:
            lines = "".join(f"{script}\n" for script in self.scripts)
            files[f"{info}/entry_points.txt"] = f"[console_scripts]\n{lines}"
        directory.mkdir(parents=True, exist_ok=True)
        path = directory / f"{stem}-{self.tag}.whl"
        record = ""
        with zipfile.ZipFile(path, "w") as archive:
            for name, text in files.items():
                digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest())
                record += f"{name},sha256={digest.rstrip(b'=').decode()},{len(text.encode())}\n"
                archive.writestr(_entry(name), text)
            archive.writestr(_entry(f"{info}/RECORD"), f"{record}{info}/RECORD,,\n")
        return path

    def metadata(self) -> str:
        lines = ["Metadata-Version: 2.1", f"Name: {self.name}", f"Version: {self.version}"]
        return "\n".join([*lines, *(f"Requires-Dist: {one}" for one in self.requires), ""])

    def project(self, directory: Path, before: str = "pass") -> Path:
        """Make a project that builds itself, with no build requirement; `before`: done then."""
        directory.mkdir(parents=True, exist_ok=True)
        facts = (self.name, self.version, self.module, list(self.requires), list(self.scripts))
        (directory / "backend.py").write_text(BACKEND.format(facts=facts, before=before))
        (directory / "pyproject.toml").write_text(
            '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
            f'[project]\nname = "{self.name}"\nversion = "{self.version}"\n'
            f"dependencies = {list(self.requires)!r}\n"
        )
        text = f"version = {self.version!r}\n"
        (directory / f"{self.module}.py").write_text(self.files.get(f"{self.module}.py", text))
        return directory

    def source(self, directory: Path, before: str = "pass") -> Path:
        """Make the source archive in the directory."""
        stem = f"{self.module}-{self.version}"
        top = self.project(directory / ".sources" / stem, before)
        (top / "PKG-INFO").write_text(self.metadata())
        path = directory / f"{stem}.tar.gz"
        with tarfile.open(path, "w:gz") as archive:
            archive.add(top, stem)
        return path


def _entry(name: str) -> zipfile.ZipInfo:
    """With the mode that the file should have, and always the same time."""
    entry = zipfile.ZipInfo(name)
    mode = 0o755 if ".data/scripts/" in name else 0o644
    entry.external_attr = (stat.S_IFREG | mode) << 16
    return entry


def sealed(wheel: Path) -> str:
    """The requirement that only this wheel fulfils."""
    name, version = wheel.name.split("-")[:2]
    return f"{name}=={version} --hash=sha256:{sha256(wheel)}"


def sha256(path: Path) -> str:
    """Of the file's content."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def as_uv_wheel(program: Path, path: Path) -> Path:
    """A file that is to the agent what uv's wheel is."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        archive.write(program, "uv-9.9.9.data/scripts/uv")
        archive.writestr("uv-9.9.9.dist-info/METADATA", "Name: uv\n")
    path.write_bytes(buffer.getvalue())
    return path
