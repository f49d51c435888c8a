"""Accounts without rights, each with a copy of the agent."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.agent.interpreters import HOUSE
from tests.containers.engines import short_place

PYTHON = Path("/usr/bin/python3")
"""One that every account may run."""
needs_accounts = [
    pytest.mark.needs_root,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can make accounts"),
    pytest.mark.skipif(
        not all(map(shutil.which, ("useradd", "setpriv"))), reason="there is no useradd or setpriv"
    ),
    pytest.mark.skipif(not PYTHON.exists(), reason=f"there is no {PYTHON}"),
]


@dataclass(frozen=True)
class Account:
    """One that was made for the test, with a copy of the agent."""

    name: str
    uid: int
    place: Path
    variables: dict[str, str] = field(default_factory=dict)

    def run(self, *command: str | Path, **variables: str) -> bytes:
        """What the program prints, run by the account."""
        become = ["setpriv", f"--reuid={self.uid}", f"--regid={self.uid}", "--clear-groups"]
        done = subprocess.run(
            [*become, *command],
            env={**self.variables, **variables},
            cwd=self.place,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            check=True,
            timeout=100,
        )
        return done.stdout

    def attempt(self, last_word: str, *command: str, **more: object) -> dict[str, Any]:
        """What came of an attempt that is asked to end once it has said its last word."""
        spec = {"command": list(command), "worker": "w", "task": 1, "attempt": 1, "grace": 5.0}
        script = self.place / "attempt.py"
        said = self.run(
            *(PYTHON, "-ISB", script, self.place / "root", json.dumps({**spec, **more}), last_word),
            HOUSE=str(self.place),
        )
        told: dict[str, Any] = json.loads(said)
        return told


@contextmanager
def made_account() -> Iterator[Account]:
    """An account with a home directory, and subordinate ids where the system gives them."""
    name = f"cq-{os.getpid()}"
    with short_place() as place:
        subprocess.run(["useradd", "-M", "-d", place, name], check=True, timeout=20)
        try:
            uid = int(subprocess.check_output(["id", "-u", name], timeout=20))
            shutil.copytree(
                HOUSE / "remote_agent",
                place / "remote_agent",
                ignore=shutil.ignore_patterns("__pycache__"),
            )
            shutil.copy(Path(__file__).parent / "scripts" / "attempt.py", place)
            shutil.chown(place, name)
            run = place / "run"
            run.mkdir(mode=0o700)
            shutil.chown(run, name)
            path = f"{os.environ['PATH']}:/usr/sbin:/sbin"
            variables = {"PATH": path, "HOME": str(place), "XDG_RUNTIME_DIR": str(run)}
            yield Account(name, uid, place, variables)
        finally:
            subprocess.run(["userdel", "-f", name], check=True, timeout=20, capture_output=True)


def owned(account: Account, path: Path) -> None:
    """Have everything down to the path belong to the account."""
    for one in (path, *path.parents):
        if one == account.place:
            return
        shutil.chown(one, account.name)
