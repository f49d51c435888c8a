"""Attempts on a machine of the test's own, their runners forked under a Python of its choice."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from remote_agent import attempts, process_tree
from remote_agent.layout import Layout
from tests.agent.interpreters import HOUSE
from tests.fleet_of_namespaces.waiting import wait_for

SCRIPT = Path(__file__).parent / "scripts" / "forker.py"


class Forker:
    """Leave the `with` block, and everything that was started is dead."""

    def __init__(self, python: str, root: Path, *, without_subreaper: bool = False) -> None:
        self.root = root
        self.layout = Layout(str(root))
        self.layout.make_directories()
        self._arguments = [python, "-IS", str(SCRIPT), str(root), str(without_subreaper)]
        self._process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self._arguments,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "HOUSE": str(HOUSE)},
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    def create(self, name: str, *command: str, **more: object) -> None:
        """Make an attempt of the command."""
        task, _, attempt = name.partition(".")
        spec: dict[str, Any] = {
            "command": list(command),
            "worker": "w",
            "mode": "host",
            "task": int(task),
            "attempt": int(attempt),
            "grace": 5.0,
        }
        attempts.create(self.layout, name, {**spec, **more})

    def spawn(self, name: str) -> int:
        """Fork a runner for it; the runner's pid."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(name.encode() + b"\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def start(self, name: str, *command: str, **more: object) -> int:
        """Create and spawn; the runner's pid."""
        self.create(name, *command, **more)
        return self.spawn(name)

    def shell(self, name: str, script: str, **more: object) -> int:
        """Start `sh` with the script."""
        return self.start(name, "/bin/sh", "-c", script, **more)

    def phase(self, name: str) -> str:
        return attempts.inspect(self.layout, name).phase

    def wait_for_phase(self, name: str, phase: str) -> dict[str, Any]:
        """Wait until the attempt is there; its record."""
        wait_for(lambda: self.phase(name) == phase, f"{name} to be {phase}")
        return attempts.inspect(self.layout, name).record

    def result(self, name: str) -> tuple[str, int | None, int | None, str]:
        """Wait for the outcome: outcome, exit code, signal, reason."""
        record = self.wait_for_phase(name, "ended")
        assert record["at"] > 1e9
        return record["outcome"], record["exit_code"], record["signal"], record["reason"]

    def log(self, name: str) -> str:
        return Path(self.layout.attempt_log(name)).read_text()

    def wait_for_log(self, name: str, text: str) -> str:
        """Wait until the text is in the log."""
        path = Path(self.layout.attempt_log(name))
        wait_for(lambda: path.exists() and text in path.read_text(), f"{text!r} in the log")
        return path.read_text()

    def signal_group(self, number: signal.Signals) -> None:
        """Signal the whole process group of the stand-in."""
        os.killpg(self._process.pid, number)

    def kill(self) -> None:
        """As a crash would."""
        self._process.kill()
        self._close()

    def _close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.wait()
        self._process.stdin.close()
        self._process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()
        for name in attempts.names(self.layout):
            runner = attempts.runner_of(self.layout, name)
            if runner is not None:
                process_tree.kill(process_tree.descendants(runner.pid))
                process_tree.kill([runner])
            attempts.end_strays(self.layout, name)
