"""A process tree that cannot outlive the test process, in namespaces of its own."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from tests.fleet_of_namespaces.processes import Process, pid_namespace, processes_in

READY = "ready"


class Namespace:
    """One `init` and all below it. Make it in the main thread: it ends with the thread."""

    def __init__(self, kinds: Sequence[str], script: Path, log: Path) -> None:
        self._log = log
        command = ["setpriv", "--pdeathsig", "KILL", "unshare", "--fork", "--kill-child"]
        command += ["--mount", "--pid", "--propagation", "private"]
        command += [f"--{kind}" for kind in kinds]
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                [*command, "/bin/sh", str(script)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        assert self._process.stdout is not None
        self._output: IO[str] = self._process.stdout
        self.init = 0
        """The pid of the namespace's `init`, seen from outside."""
        self._name = ""

    def wait_until_ready(self) -> None:
        """Wait for the script to say so.

        Raises:
            RuntimeError: the script failed; the message holds what it wrote.
        """
        if self._output.readline().strip() != READY:
            self.destroy()
            raise RuntimeError(f"a namespace could not be set up: {self._log.read_text()}")
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text()
        self.init = int(children.split()[0])
        self._name = pid_namespace(self.init)

    @property
    def root(self) -> Path:
        """The namespace's file system, seen from outside."""
        return Path(f"/proc/{self.init}/root")

    def processes(self) -> list[Process]:
        """Everything that lives inside, without `init` and what it sleeps with."""
        return [
            process
            for process in processes_in(self._name)
            if process.pid != self.init and process.command[:1] != ("sleep-of-init",)
        ]

    def enter(self, *kinds: str) -> list[str]:
        """The words before a command that make it run inside; all namespaces unless told."""
        chosen = [f"--{kind}" for kind in kinds] or ["--all"]
        return ["nsenter", "--target", str(self.init), *chosen, "--"]

    def run(self, *command: str, kinds: Sequence[str] = ()) -> str:
        """Run a command inside as root; what it printed.

        Raises:
            AssertionError: it failed.
        """
        done = subprocess.run(
            [*self.enter(*kinds), *command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
        assert done.returncode == 0, f"{command}: {done.stderr or done.stdout}"
        return done.stdout

    def destroy(self) -> None:
        """End everything inside and wait until the kernel has taken it all apart."""
        self._process.kill()
        self._process.wait()
        self._output.close()
        deadline = time.monotonic() + 40
        while self._name and processes_in(self._name):
            assert time.monotonic() < deadline, "a namespace does not end"
            time.sleep(0.005)
