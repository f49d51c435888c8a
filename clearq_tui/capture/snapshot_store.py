"""The bare repositories that keep captured objects, one for each repository of the operator's.

An object becomes part of the store in one step: a capture collects what is new in an `Incoming`
repository of its own, packs it into the store, and only then writes the snapshot's ref.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_REFS = "refs/snapshots"
_PARTIAL = "partial"
_IN_USE = "in-use"
INCOMING_PREFIX = "incoming-"


@dataclass(frozen=True)
class SnapshotStore:
    """The bare repository of one key."""

    path: Path
    object_format: str

    def prepare(self) -> None:
        """Make the repository if it is not there yet."""
        if not (self.path / "config").exists():
            _make_bare_repository(self.path, self.object_format)

    @property
    def objects(self) -> Path:
        """Where the objects are."""
        return self.path / "objects"

    @property
    def pack_prefix(self) -> Path:
        """What `git pack-objects` makes its file names from."""
        return self.objects / "pack" / "pack"

    def has(self, worktree: str) -> bool:
        """Whether the snapshot with this commit is kept."""
        return (self.path / _REFS / worktree).exists()

    def kept(self) -> list[str]:
        """Commits of the snapshots kept, newest first."""
        with os.scandir(self.path / _REFS) as found:
            aged = [(item.stat().st_mtime_ns, item.name) for item in found]
        return [name for _, name in sorted(aged, reverse=True) if not name.startswith(".")]

    def keep(self, worktree: str, head: str | None) -> None:
        """Make the snapshot permanent. Its objects must be in the store already."""
        with self.locked():
            if head is not None and head not in (known := self.shallow()):
                write_durably(self.path / "shallow", "".join(f"{c}\n" for c in [*known, head]))
            write_durably(self.path / _REFS / worktree, f"{worktree}\n")

    @property
    def missing_objects(self) -> str:
        """What `--missing=` must say: objects that a partial clone never had stay away."""
        return "allow-any" if (self.path / _PARTIAL).exists() else "error"

    def accept_missing_objects(self) -> None:
        """The operator's repository is a partial clone; only what was checked out is here."""
        (self.path / _PARTIAL).touch()

    def shallow(self) -> list[str]:
        """The operator's own commits that are here without their history."""
        try:
            return (self.path / "shallow").read_text().split()
        except FileNotFoundError:
            return []

    def kept_since(self, worktree: str) -> float:
        """When the snapshot was stored, in seconds since the epoch."""
        return (self.path / _REFS / worktree).stat().st_mtime

    def forget(self, worktree: str) -> None:
        """Give the snapshot up; its objects go when packs are joined."""
        (self.path / _REFS / worktree).unlink(missing_ok=True)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Nobody else changes refs meanwhile."""
        with (self.path / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    @contextmanager
    def unused(self) -> Iterator[None]:
        """No capture relies on the store's objects meanwhile."""
        with (self.path / _IN_USE).open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    @contextmanager
    def incoming(self, borrowed: Sequence[Path], head: str | None) -> Iterator[Path]:
        """A bare repository for new objects that also sees the store's and the `borrowed` ones."""
        in_use = (self.path / _IN_USE).open("w")
        fcntl.flock(in_use, fcntl.LOCK_SH)
        place = Path(tempfile.mkdtemp(prefix=INCOMING_PREFIX, dir=self.path))
        try:
            _make_bare_repository(place, self.object_format)
            alternates = [self.objects, *borrowed]
            lines = b"".join(os.fsencode(path.absolute()) + b"\n" for path in alternates)
            (place / "objects" / "info" / "alternates").write_bytes(lines)
            shallow = self.shallow() + ([head] if head else [])
            if shallow:
                (place / "shallow").write_text("".join(f"{commit}\n" for commit in shallow))
            yield place
        finally:
            shutil.rmtree(place, ignore_errors=True)
            in_use.close()


def store_of(snapshots: Path, key: str, object_format: str) -> SnapshotStore:
    """The store for the repository called `key`."""
    return SnapshotStore(snapshots / f"{key}.git", object_format)


def write_durably(path: Path, text: str | bytes) -> None:
    """Replace a file in one step, and have it survive a power loss."""
    data = text.encode() if isinstance(text, str) else text
    handle, name = tempfile.mkstemp(prefix=".new-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _make_bare_repository(place: Path, object_format: str) -> None:
    """`git init --bare` without the process, the templates and the hooks."""
    # The configuration comes last: whoever sees it may use the rest.
    for name in ("objects/pack", "objects/info", "refs/heads", _REFS):
        (place / name).mkdir(mode=0o700, parents=True, exist_ok=True)
    place.chmod(0o700)
    (place / "HEAD").write_text("ref: refs/heads/none\n")
    text = "[core]\n\tbare = true\n\trepositoryformatversion = 0\n"
    if object_format != "sha1":
        text = text.replace("version = 0", "version = 1")
        text += f"[extensions]\n\tobjectformat = {object_format}\n"
    write_durably(place / "config", text)
