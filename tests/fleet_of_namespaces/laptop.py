"""The operator's laptop: the real `clearq` in processes of its own, with a home of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType

from clearq_tui.paths import Home
from tests.fleet_of_namespaces.namespace import READY, Namespace
from tests.fleet_of_namespaces.processes import Process
from tests.fleet_of_namespaces.waiting import wait_for

_SCRIPT = f"""\
set -eu
mount -t proc proc /proc
echo {READY}
exec </dev/null >/dev/null 2>&1
exec bash -c 'while :; do (exec -a sleep-of-init sleep 86400); done'
"""
_PROGRAM = "from clearq_tui.cli.main import main; main()"


class ClearqFailed(AssertionError):
    """A command did not end as it should; the message holds all that it wrote."""


class Laptop:
    """Runs `clearq` against a store of its own; all its processes end with it."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(mode=0o700)
        self.user_home = directory / "home"
        """What `~` is on the laptop."""
        (self.user_home / ".ssh").mkdir(mode=0o700, parents=True)
        self.home = Home(directory / "clearq")
        self.variables: dict[str, str] = {}
        """What the operator has set besides; known to whatever is started from then on."""
        self.ssh_config = self.user_home / ".ssh" / "config"
        self.known_hosts = self.user_home / ".ssh" / "known_hosts"
        self._code = Path(__file__).parents[2]
        script = directory / "laptop.sh"
        script.write_text(_SCRIPT)
        self._namespace = Namespace(("ipc",), script, directory / "laptop.log")
        self._namespace.wait_until_ready()

    @property
    def environment(self) -> dict[str, str]:
        """What every process of the laptop starts with; nothing of this system's operator."""
        return {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "HOME": str(self.user_home),
            "SHELL": "/bin/bash",
            "CLEARQ_HOME": str(self.home.root),
            "CLEARQ_SSH_CONFIG": str(self.ssh_config),
            "CLEARQ_TRACEBACK": "1",
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_CONFIG_NOSYSTEM": "1",
            # The very code that is tested, wherever another copy may be installed.
            "PYTHONPATH": str(self._code),
            **self.variables,
        }

    def use_code(self, place: Path) -> None:
        """Start everything from now on with the packages in `place` instead of those at hand."""
        self._code = place

    def run(
        self, *arguments: str, directory: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run `clearq` with these arguments to its end, whatever that is."""
        return subprocess.run(
            self._command(arguments, directory),
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def clearq(self, *arguments: str, directory: Path | None = None) -> str:
        """Run `clearq` with these arguments; what it printed.

        Raises:
            ClearqFailed: its exit code is not 0.
        """
        done = self.run(*arguments, directory=directory)
        if done.returncode:
            raise ClearqFailed(
                f"clearq {' '.join(arguments)} ended with {done.returncode}:\n"
                f"{done.stdout}\n{done.stderr}\nthe controller:\n{self.controller_log()}"
            )
        return done.stdout

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Begin to run `clearq` with these arguments, output in a pipe."""
        return subprocess.Popen(
            self._command(arguments, None),
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def processes(self, *words: str) -> list[Process]:
        """What lives on the laptop, or only the processes whose command line holds every word."""
        return [
            process
            for process in self._namespace.processes()
            if all(word in process.line for word in words)
        ]

    def controllers(self) -> list[Process]:
        """The controller's process, while there is one; never more than one, one hopes."""
        return self.processes("clearq_tui.controller")

    def kill_controller(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Signal the controller and wait until it has gone."""
        for process in self.controllers():
            process.send(number)
        wait_for(lambda: not self.controllers(), "the controller to end")

    def controller_log(self) -> str:
        """What the background controller has said."""
        log = self.home.controller_log
        return log.read_text(errors="replace") if log.exists() else ""

    def destroy(self) -> None:
        """End everything that runs on the laptop."""
        self._namespace.destroy()

    def _command(self, arguments: tuple[str, ...], directory: Path | None) -> list[str]:
        # `env --chdir`, for a process that enters a mount namespace loses its directory.
        place = ["env", f"--chdir={directory or self.user_home}"]
        interpreter = [sys.executable, "-P", "-c", _PROGRAM]
        return [*self._namespace.enter("mount", "pid", "ipc"), *place, *interpreter, *arguments]

    def __enter__(self) -> Laptop:
        """The laptop, with nothing running."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End everything."""
        self.destroy()
