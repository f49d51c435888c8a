"""Machines for a first look and for tests: SSH servers on loopback, hosted by a child process.

with EmbeddedMachines(("atlas", "borea")) as machines:
    machines.trust(home.known_hosts)
    environment["CLEARQ_SSH_CONFIG"] = str(machines.ssh_config)  # makes `atlas` a target

The child is also the caretaker: it notices when this process is gone, however that came, and then
ends and removes everything.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from clearq_tui.demo.clearing import MARK, clear
from clearq_tui.fleet.host_keys import accept
from clearq_tui.model import ClearqError
from clearq_tui.safe_text import one_line

LOOPBACK: Final = "127.0.0.1"
_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,15}")
_PATIENCE: Final = 30.0
"""Seconds for the child to end everything; it needs two."""


class EmbeddedMachines:
    """Some machines, alive inside the `with` block; afterwards nothing of them is left."""

    def __init__(self, names: Sequence[str]) -> None:
        """Name the machines: letters, digits, dashes.

        Raises:
            ValueError: a name is impossible or comes twice.
        """
        for name in names:
            if not _NAME.fullmatch(name) or name == "home":
                raise ValueError(f"{name!r} cannot be the name of an embedded machine")
        if len(set(names)) < len(names):
            raise ValueError("two embedded machines have the same name")
        self.names = tuple(names)
        self.place: Path
        """The directory that holds everything and is removed at the end."""
        self.ports: Mapping[str, int]
        self._host_keys: Mapping[str, str]
        self._child: subprocess.Popen[bytes]

    @property
    def ssh_config(self) -> Path:
        """An `ssh_config` in which every machine is an alias."""
        return self.place / "ssh_config"

    @property
    def marked_environment(self) -> dict[str, str]:
        """What a process carries that belongs to these machines and is to end with them."""
        return {MARK: str(self.place), "CLEARQ_SSH_CONFIG": str(self.ssh_config)}

    def home_of(self, name: str) -> Path:
        """The home directory on a machine."""
        return self.place / name

    def trust(self, known_hosts: Path) -> None:
        """Write the machines' host keys into a known_hosts file of clearq's.

        Raises:
            Refused: the file holds another key for one of them.
            OSError: it cannot be written.
        """
        for name in self.names:
            accept(LOOPBACK, self.ports[name], self._host_keys[name], known_hosts)

    def open(self) -> None:
        """Start them; on return they can be connected to.

        Raises:
            ClearqError: the child process did not come up; says what it said.
        """
        environment = {name: text for name, text in os.environ.items() if name != MARK}
        self._child = subprocess.Popen(
            [sys.executable, "-P", "-m", "clearq_tui.demo.hosting", *self.names],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            start_new_session=True,  # an interrupt at the terminal is ours; we then tell the child
        )
        try:
            words = self._first_words()
            self.place = Path(words["place"])
            self.ports, self._host_keys = words["ports"], words["host_keys"]
        except BaseException:
            self._dismiss()
            raise

    def close(self) -> None:
        """End and remove everything, agents and tasks included. A second call does nothing.

        Raises:
            ClearqError: something could not be ended; names it.
        """
        if self._child.returncode is not None:
            return
        code = self._dismiss()
        if code != 0 or self.place.exists():  # the child was killed
            clear(self.place)

    def _first_words(self) -> dict[str, Any]:
        assert self._child.stdout is not None
        assert self._child.stderr is not None
        if told := self._child.stdout.readline():
            words: dict[str, Any] = json.loads(told)
            return words
        said = self._child.stderr.read().decode(errors="replace").strip() or "nothing"
        last = one_line(said.splitlines()[-1])
        raise ClearqError(f"The embedded machines did not start; the last they said: {last}")

    def _dismiss(self) -> int | None:
        """Let the child go; its exit code, None where it had to be killed."""
        for stream in (self._child.stdin, self._child.stdout, self._child.stderr):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()
        try:
            return self._child.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
            return None

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
