"""Whether a daemon outlives its session, as systemd's programs tell it."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest

from remote_agent import session_scope
from remote_agent.session_scope import survival


class Systemd:
    """Programs that answer as systemd's do."""

    def __init__(self, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.directory = directory
        self.monkeypatch = monkeypatch
        nobody = pwd.getpwnam("nobody")
        monkeypatch.setenv("PATH", str(directory))
        monkeypatch.setattr(os, "getuid", lambda: nobody.pw_uid)
        monkeypatch.setattr(session_scope, "RUNNING", str(directory))
        monkeypatch.setattr(session_scope, "LINGERING", str(directory / "linger"))
        (directory / "linger").mkdir()
        self.account = nobody.pw_name

    def answers(self, kills: str, *, may_linger: bool = False, has_manager: bool = True) -> None:
        lingering = self.directory / "linger" / self.account
        self._program(
            "loginctl",
            f'[ "$1" = show-session ] && echo {kills} && exit 0\n'
            f"{f': >{lingering}' if may_linger else 'exit 1'}\n",
        )
        self._program("systemctl", "echo 252" if has_manager else "exit 1")
        self._program("systemd-run", "exit 1")

    def _program(self, name: str, text: str) -> None:
        path = self.directory / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Systemd:
    return Systemd(tmp_path, monkeypatch)


def test_nothing_is_killed(systemd: Systemd) -> None:
    systemd.answers("no")
    assert survival() == ([], "")


def test_no_systemd(systemd: Systemd, monkeypatch: pytest.MonkeyPatch) -> None:
    systemd.answers("yes")
    monkeypatch.setattr(session_scope, "RUNNING", str(systemd.directory / "missing"))
    assert survival() == ([], "")


def test_no_programs(systemd: Systemd) -> None:
    assert survival() == ([], "")


def test_a_scope_of_an_account_that_lingers(systemd: Systemd) -> None:
    systemd.answers("yes", may_linger=True)
    wrapper, problem = survival()
    assert wrapper[0] == str(systemd.directory / "systemd-run")
    assert "--scope" in wrapper
    assert problem == ""


def test_a_scope_of_an_account_that_may_not_linger(systemd: Systemd) -> None:
    systemd.answers("yes")
    wrapper, problem = survival()
    assert wrapper
    assert "loginctl enable-linger nobody" in problem


def test_no_manager_to_ask_for_a_scope(systemd: Systemd) -> None:
    systemd.answers("yes", has_manager=False)
    assert survival().wrapper == []
    assert "KillUserProcesses=yes" in survival().problem
