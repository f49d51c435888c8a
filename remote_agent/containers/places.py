"""Where clearq's files for a container lie, on the machine and inside of it."""

from __future__ import annotations

import os
from typing import List, NamedTuple

from remote_agent.places import make_empty

SCRIPTS = "/clearq/scripts"
WORK = "/clearq/work"
LOG = "/clearq/log"
SECRETS = "/clearq/secrets"
MAIN = SCRIPTS + "/main.sh"
GATE = SCRIPTS + "/gate"
IDLE = SCRIPTS + "/idle.sh"
PRELUDE = SCRIPTS + "/prelude.sh"
NEVER = SCRIPTS + "/never"
"""A pipe that nobody writes to."""
COMMAND = SCRIPTS + "/command.sh"
HOME = WORK + "/home"
OUT_OF_MEMORY = WORK + "/out-of-memory"


class Mount(NamedTuple):
    """A file or a directory of the machine that the container sees."""

    source: str
    target: str
    is_read_only: bool


class Desk:
    """The directory of an attempt for what its container needs."""

    def __init__(self, directory: str) -> None:
        self.root = os.path.join(directory, "container")
        self.scripts = os.path.join(self.root, "scripts")
        """What the container reads."""
        self.work = os.path.join(self.root, "work")
        """What it writes."""
        self.gate = os.path.join(self.scripts, "gate")
        """A pipe: the command runs once a word has come through it."""
        self.stream = os.path.join(self.root, "log")
        """A pipe for what the command prints, where that may not go to the disk as it is."""

    @property
    def ran_out_of_memory(self) -> bool:
        """Whether the container has noted that."""
        return os.path.exists(os.path.join(self.work, os.path.basename(OUT_OF_MEMORY)))

    def make(self) -> None:
        """Make it all, whatever a preparation that was killed has left.

        Raises:
            OSError: the disk refuses.
        """
        make_empty(self.root)
        for path in (self.scripts, self.work, os.path.join(self.work, "home")):
            os.mkdir(path, 0o700)
        os.mkfifo(self.gate, 0o600)
        os.mkfifo(self.stream, 0o600)
        os.mkfifo(os.path.join(self.scripts, os.path.basename(NEVER)), 0o600)

    def write_script(self, name: str, text: str) -> str:
        """Put a script there; its path in the container.

        Raises:
            OSError: the disk refuses.
        """
        path = os.path.join(self.scripts, name)
        with open(path, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(text)
        return "%s/%s" % (SCRIPTS, name)

    def write_tool(self, name: str, text: str) -> str:
        """Put a program there that is run on the machine; its path.

        Raises:
            OSError: the disk refuses.
        """
        path = os.path.join(self.root, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, 0o700)
        return path

    def mounts(self) -> List[Mount]:
        """What of it the container sees."""
        return [Mount(self.scripts, SCRIPTS, True), Mount(self.work, WORK, False)]
