"""An agent's directories, and attempts in them that ask for conda packages."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path
from typing import Any, NamedTuple

from clearq_tui.conda import Target, carry, lock_for, target_of
from clearq_tui.paths import Home
from remote_agent.conda_environments.building import Built, obtain
from remote_agent.conda_environments.request import read_request
from remote_agent.environments.interface import Site
from remote_agent.layout import Layout

FACTS = {
    "system": os.uname().sysname,
    "architecture": os.uname().machine,
    "release": os.uname().release,
    "libc": "glibc 2.36",
}
TARGET = target_of(FACTS)


def silent(_text: str) -> None:
    """Say nothing."""


class Rattler(NamedTuple):
    """What a laptop brings, and the same unpacked, which takes half a second."""

    wheel: Path
    sha256: str
    unpacked: Path


class Attempt:
    """One attempt, as its preparation sees it."""

    def __init__(self, layout: Layout, name: str, spec: dict[str, Any]) -> None:
        self.directory = Path(layout.attempt(name))
        self.spec = spec
        for directory in (self.directory, self.directory / "workspace", self.directory / "output"):
            directory.mkdir()
        self._said = self.directory / "said"
        self._said.touch()
        self._log = os.open(self.directory / "log", os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
        variables = {name: os.environ[name] for name in ("PATH", "HOME")}
        self.site = Site(layout, str(self.directory), spec, variables, self._say, self._log)

    @property
    def said(self) -> list[str]:
        """What clearq said itself, in whichever process."""
        return self._said.read_text().splitlines()

    @property
    def log(self) -> str:
        """What programs printed."""
        return (self.directory / "log").read_text()

    def obtain(self) -> Built:
        """Have its environment."""
        return obtain(self.site, read_request(self.spec))

    def _say(self, text: str) -> None:
        with self._said.open("a") as file:
            file.write(f"{text}\n")

    def discard(self) -> None:
        """Forget the attempt, as the daemon does when it is over."""
        os.close(self._log)
        shutil.rmtree(self.directory)


class Machine:
    """A machine to which a laptop has brought what its tasks need."""

    def __init__(self, root: Path, rattler: Rattler, *, brings_rattler: bool = True) -> None:
        """`brings_rattler`: the wheel is copied; else a link has to do, as on a small disk."""
        self.layout = Layout(str(root))
        self.layout.make_directories()
        self._rattler = rattler.sha256
        kept = Path(self.layout.kept, rattler.sha256)
        (kept.hardlink_to if brings_rattler else kept.symlink_to)(rattler.wheel)
        self._count = 0
        tools = Path(self.layout.cache, "tools")
        tools.mkdir(exist_ok=True)
        (tools / f"rattler-{self._rattler[:16]}").symlink_to(rattler.unpacked)

    @property
    def tools(self) -> dict[str, object]:
        """What a spec says of the rattler that was brought."""
        return {"rattler": {"sha256": self._rattler, "size": 1, "name": "rattler.whl"}}

    def attempt(
        self, packages: dict[str, Any], *, home: Home | None = None, **spec: object
    ) -> Attempt:
        """A new one; blobs are taken from the laptop's home."""
        for archive in packages.get("archives", ()):
            if home is not None:
                self.keep(home.blobs / archive["sha256"])
        self._count += 1
        whole = {"task": 1, "worker": "w", "packages": packages, "tools": self.tools, **spec}
        return Attempt(self.layout, f"{self._count}.1", whole)

    def keep(self, path: Path) -> str:
        """Have the file among the blobs; its SHA-256."""
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        kept = Path(self.layout.kept, digest)
        if not kept.exists():
            kept.hardlink_to(path)
        return digest


def brought(
    home: Home, asked: dict[str, object], *, offline: bool = True, target: Target = TARGET
) -> dict[str, Any]:
    """What the laptop sends of the packages, solved and fetched there."""
    packages = lock_for(asked, target, home, silent)
    return carry(packages, target, home, silent, offline=offline).packages


def environments_in(layout: Layout) -> list[Path]:
    """The directories of the environments in the cache."""
    above = Path(layout.cache, "conda", "environments")
    return sorted(path for path in above.iterdir() if path.is_dir())
