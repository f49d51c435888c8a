"""`clearq` in a real terminal, with its real controller and a real task on this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from clearq_tui import feed
from clearq_tui.paths import Home

pytestmark = pytest.mark.skipif(
    shutil.which("tmux") is None, reason="tmux is not installed; the real terminal is NOT tested"
)


class Terminal:
    """A tmux of its own, of 120 by 40, whose screen can be read."""

    def __init__(self, directory: Path, environment: dict[str, str]) -> None:
        self._socket = directory / "tmux"
        self._environment = environment
        self._tmux("new-session", "-d", "-x", "120", "-y", "40", "/bin/sh")

    def keys(self, *keys: str) -> None:
        """Press keys, named as tmux names them."""
        self._tmux("send-keys", *keys)

    def type(self, text: str) -> None:
        """Type a text."""
        self._tmux("send-keys", "-l", text)

    def screen(self) -> str:
        """What is on the screen."""
        return self._tmux("capture-pane", "-p")

    def until(self, true: Callable[[str], bool], what: str, seconds: float = 40.0) -> str:
        """Wait until the screen shows something; fails with what it shows."""
        deadline = time.monotonic() + seconds
        while not true(text := self.screen()):
            assert time.monotonic() < deadline, f"no {what} on the screen:\n{text}"
            time.sleep(0.05)
        return text

    def close(self) -> None:
        """End it and what runs in it."""
        self._tmux("kill-server")

    def _tmux(self, *arguments: str) -> str:
        done = subprocess.run(
            ["tmux", "-f", "/dev/null", "-S", str(self._socket), *arguments],
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def clearq_home(tmp_path: Path) -> Iterator[Home]:
    """A home whose controller is stopped afterwards."""
    home = Home(tmp_path / "h")
    yield home
    feed.stop(home)
    deadline = time.monotonic() + 40
    while feed.controller_pid(home) is not None and time.monotonic() < deadline:
        time.sleep(0.02)


@pytest.fixture
def terminal(tmp_path: Path, clearq_home: Home) -> Iterator[Terminal]:
    """A shell in a directory without code, with a home directory of its own."""
    there = {name: value for name, value in os.environ.items() if not name.startswith("CLEARQ")}
    there |= {
        "CLEARQ_HOME": str(clearq_home.root),
        "HOME": str(tmp_path),
        "TERM": "xterm-256color",
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
    }
    terminal = Terminal(tmp_path, there)
    yield terminal
    terminal.close()


def test_from_nothing_to_the_log_of_a_task_that_ran(
    terminal: Terminal, clearq_home: Home, tmp_path: Path
) -> None:
    work = tmp_path / "work"
    work.mkdir()
    terminal.type(f"cd {work} && clearq")
    terminal.keys("Enter")
    terminal.until(lambda text: "clearq › workers" in text, "interface")  # noqa: RUF001
    terminal.until(lambda text: "● controller" in text and "○ idle" in text, "worker that idles")
    terminal.keys("e")
    terminal.until(lambda text: "New task" in text, "form")
    terminal.type("sh -c 'echo hello from clearq; sleep 600'")
    terminal.keys("C-j")
    terminal.until(lambda text: "#1 " in text and "● run" in text, "running task")
    terminal.keys("l")
    terminal.until(lambda text: "FOLLOW" in text and "\nhello from clearq" in text, "log")
    terminal.keys("Escape")
    terminal.until(lambda text: "clearq › workers" in text, "list")  # noqa: RUF001
    terminal.keys("3")
    terminal.until(lambda text: "clearq › tasks" in text and "running" in text, "task")  # noqa: RUF001
    terminal.keys("x")
    terminal.until(lambda text: "y do it" in text, "question")
    terminal.keys("y")
    terminal.until(lambda text: "aborted" in text, "abort")
    terminal.keys("C-q")
    terminal.until(lambda text: "clearq ›" not in text, "shell")  # noqa: RUF001
    assert feed.controller_pid(clearq_home) is not None


def test_a_controller_that_is_gone_is_started_again(terminal: Terminal, clearq_home: Home) -> None:
    terminal.type("clearq")
    terminal.keys("Enter")
    terminal.until(lambda text: "● controller" in text, "controller")
    pid = feed.controller_pid(clearq_home)
    assert pid is not None
    os.kill(pid, 9)
    terminal.until(
        lambda text: "● controller" in text and feed.controller_pid(clearq_home) not in (None, pid),
        "other controller",
    )
