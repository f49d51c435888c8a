"""Send a working tree to a machine that is a few directories, and compare what arrives."""

# Paths are bytes here, which pathlib does not take.
# ruff: noqa: PTH114, PTH115, PTH116, PTH118, PTH123

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from clearq_tui.capture import Delivery, Snapshot, archive, capture, deliver
from remote_agent.workspace import known_commits, lay_changes_out, lay_out

VIEWS = (
    ("status", "--porcelain=v2", "--branch", "-z", "--untracked-files=all"),
    ("diff", "--binary"),
    ("diff", "--binary", "--cached"),
)
"""What git says, which must be the same on both ends."""


def git(place: Path, *arguments: str | bytes, text: bytes | None = None) -> bytes:
    """Output of the operator's git in `place`."""
    done = subprocess.run(
        ["git", *arguments], cwd=place, input=text, capture_output=True, check=False
    )
    assert done.returncode == 0, (arguments, done.stderr.decode())
    return done.stdout


def new_repository(place: Path, *options: str) -> Path:
    """An empty repository of the operator's."""
    place.mkdir(parents=True, exist_ok=True)
    git(place, "init", "--quiet", *options)
    return place


def commit_all(place: Path, message: str = "work") -> str:
    """Commit everything there is; returns the commit's id."""
    git(place, "add", "--all")
    git(place, "commit", "--quiet", "--allow-empty", "--message", message)
    return git(place, "rev-parse", "HEAD").decode().strip()


@dataclass
class Journey:
    """A laptop's snapshots directory and one machine, both below `base`."""

    base: Path
    trips: int = 0
    log: list[str] = field(default_factory=list)

    @property
    def snapshots(self) -> Path:
        return self.base / "snapshots"

    @property
    def blobs(self) -> Path:
        return self.base / "blobs"

    @property
    def cache(self) -> Path:
        return self.base / "cache"

    def capture(self, place: Path) -> Snapshot:
        return capture(place, self.snapshots)

    def deliver(self, snapshot: Snapshot) -> Delivery:
        """Bundles for what the machine's cache lacks."""
        return deliver(snapshot, self.snapshots, known_commits(str(self.cache)), self.blobs)

    def lay_out(self, delivery: Delivery) -> Path:
        """A new workspace on the machine; returns where the command would run."""
        self.trips += 1
        workspace = self.base / f"workspace-{self.trips}"
        place = lay_out(
            delivery.specification(),
            str(self.blobs),
            str(self.cache),
            str(workspace),
            self.log.append,
        )
        lay_changes_out(delivery.specification(), str(workspace))
        return Path(place)

    def travel(self, place: Path) -> Path:
        """All of the way."""
        return self.lay_out(self.deliver(self.capture(place)))

    def travel_as_archive(self, place: Path) -> Path:
        """All of the way to a machine without git."""
        return self.lay_out(archive(self.capture(place), self.snapshots, self.blobs))


def files_in(place: Path) -> dict[bytes, tuple[str, bytes]]:
    """Every file and link below `place` outside .git: what it is, and its bytes or target."""
    found = {}
    top = os.fsencode(place)
    for directory, names, files in os.walk(top):
        if b".git" in names:
            names.remove(b".git")
        for name in [*files, *(n for n in names if os.path.islink(os.path.join(directory, n)))]:
            if name == b".git":
                continue
            full = os.path.join(directory, name)
            path = os.path.relpath(full, top)
            if os.path.islink(full):
                found[path] = ("link", os.readlink(full))
            else:
                executable = bool(os.stat(full).st_mode & 0o100)
                with open(full, "rb") as file:
                    found[path] = ("program" if executable else "file", file.read())
    return found


def assert_same(source: Path, arrived: Path, *, views: bool = True) -> None:
    """The same files, and git says the same of them."""
    assert files_in(arrived) == files_in(source)
    if views:
        for view in VIEWS:
            assert without_upstream(git(arrived, *view)) == without_upstream(git(source, *view))


def without_upstream(view: bytes) -> bytes:
    """The branch's upstream is not known on a machine."""
    return re.sub(rb"# branch\.(upstream|ab) [^\0]*\0", b"", view)
