"""Where clearq keeps things on the laptop. `CLEARQ_HOME` moves all of it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Home:
    """The one directory that holds the store and everything beside it."""

    root: Path

    @property
    def database(self) -> Path:
        """The store's SQLite file."""
        return self.root / "clearq.db"

    @property
    def lock(self) -> Path:
        """Held by the controller for as long as it lives; holds its pid as text."""
        return self.root / "controller.lock"

    @property
    def socket(self) -> Path:
        """The controller's Unix socket: nudges in, the live feed out."""
        return self.root / "controller.sock"

    @property
    def controller_log(self) -> Path:
        """What a background controller has to say."""
        return self.root / "controller.log"

    @property
    def known_hosts(self) -> Path:
        """Host keys that the operator accepted inside clearq, in OpenSSH's format."""
        return self.root / "known_hosts"

    @property
    def blobs(self) -> Path:
        """Immutable files named by their SHA-256."""
        return self.root / "blobs"

    @property
    def snapshots(self) -> Path:
        """Bare git repositories that keep what was captured from working trees."""
        return self.root / "snapshots"

    @property
    def wheels(self) -> Path:
        """psutil wheels for machines whose platform is not the laptop's."""
        return self.root / "wheels"

    def attempt_log(self, task: int, attempt: int) -> Path:
        """Everything that attempt `#task.attempt` wrote, as far as it has arrived."""
        return self.root / "logs" / str(task) / f"{attempt}.log"

    def attempt_scalars(self, task: int, attempt: int) -> Path:
        """What attempt `#task.attempt` told of itself in `$CLEARQ_SCALARS`, as far as it is here.

        There is no file where it told nothing.
        """
        return self.root / "logs" / str(task) / f"{attempt}.scalars"

    def attempt_outputs(self, task: int, attempt: int) -> Path:
        """Below it, what was fetched of the files that attempt `#task.attempt` left."""
        return self.root / "outputs" / str(task) / str(attempt)

    def output_parts(self, task: int, attempt: int) -> Path:
        """Output files of the attempt that have not arrived whole yet, under names of clearq's."""
        return self.root / "outputs" / str(task) / f"{attempt}.parts"

    def create(self) -> None:
        """Make the directories, private to the operator.

        Raises:
            PermissionError: the directory exists and belongs to somebody else.
        """
        for directory in (self.root, self.blobs, self.snapshots, self.wheels, self.root / "logs"):
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.root.stat().st_uid != os.getuid():
            raise PermissionError(
                f"{self.root} belongs to another user; set CLEARQ_HOME elsewhere."
            )
        self.root.chmod(0o700)


def home_from_environment(environment: dict[str, str] | os._Environ[str] = os.environ) -> Home:
    """`$CLEARQ_HOME`, else `$XDG_STATE_HOME/clearq`, else `~/.local/state/clearq`."""
    if chosen := environment.get("CLEARQ_HOME"):
        return Home(Path(chosen).expanduser().absolute())
    if state := environment.get("XDG_STATE_HOME"):
        return Home(Path(state) / "clearq")
    return Home(Path.home() / ".local" / "state" / "clearq")
