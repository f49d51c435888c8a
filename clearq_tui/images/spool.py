"""Takes an archive apart while it is being written: each file in it by itself, with its hash."""

from __future__ import annotations

import hashlib
import posixpath
import tarfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from clearq_tui.images.saved_image import LARGEST_TEXT
from clearq_tui.provisioning.failure import ProvisionError, Stopped

_PIECE = 1 << 20
_FARTHEST = 8
"""How many links may name one another."""


@dataclass(frozen=True)
class Spooled:
    """A file of the archive, on the laptop's disk."""

    path: Path
    sha256: str


class Spool:
    """The files of one archive."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._files: dict[str, Spooled] = {}
        self._links: dict[str, str] = {}

    def take(self, stream: IO[bytes], stopped: threading.Event) -> None:
        """Take the whole archive from the stream.

        Raises:
            ProvisionError: it is none, or it ends too early.
            Stopped: nobody wants it any more.
            OSError: the disk refuses.
        """
        try:
            with tarfile.open(fileobj=stream, mode="r|") as tar:
                for member in tar:
                    self._take(tar, member, stopped)
        except (tarfile.TarError, EOFError) as error:
            raise ProvisionError(f"The image could not be taken apart: {error}.") from error

    def file(self, name: str) -> Spooled | None:
        """The file of this name, also if a link has the name; None: there is none."""
        for _ in range(_FARTHEST):
            if name not in self._links:
                return self._files.get(name)
            name = self._links[name]
        return None

    def read(self, name: str) -> bytes | None:
        """The content of a file that says how others belong together; None: there is none."""
        found = self.file(name)
        if found is None or found.path.stat().st_size > LARGEST_TEXT:
            return None
        return found.path.read_bytes()

    def _take(
        self, tar: tarfile.TarFile, member: tarfile.TarInfo, stopped: threading.Event
    ) -> None:
        name = _plain(member.name)
        if member.issym():
            self._links[name] = _plain(posixpath.join(posixpath.dirname(name), member.linkname))
        elif member.islnk():
            self._links[name] = _plain(member.linkname)
        elif member.isfile():
            source = tar.extractfile(member)
            assert source is not None, "a file has a content"
            self._files[name] = self._copy(source, name, stopped)

    def _copy(self, source: IO[bytes], name: str, stopped: threading.Event) -> Spooled:
        # By number: no name from the archive becomes a path.
        path = self._directory / str(len(self._files))
        digest = hashlib.sha256()
        with path.open("xb") as file:
            while data := source.read(_PIECE):
                if stopped.is_set():
                    raise Stopped("The image is not wanted any more.")
                digest.update(data)
                file.write(data)
        found = digest.hexdigest()
        if name.startswith("blobs/sha256/") and posixpath.basename(name) != found:
            raise ProvisionError(f"The image could not be taken apart: its part {name} is damaged.")
        return Spooled(path, found)


def _plain(name: str) -> str:
    return posixpath.normpath(name).lstrip("/")
