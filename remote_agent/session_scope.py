"""What becomes of the agent when the login session ends in which it was started.

systemd may be set to kill everything that a session leaves behind. A scope of the user's own
manager is no part of the session, and lives as long as that manager: for ever, where the account
lingers.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from typing import List, NamedTuple

RUNNING = "/run/systemd/system"
"""There where systemd runs."""
LINGERING = "/var/lib/systemd/linger"
"""Holds a file for each account whose manager lives on without a session."""
_PATIENCE = 5.0
_SCOPE = ("--user", "--scope", "--quiet", "--collect", "--description=clearq agent")


class Survival(NamedTuple):
    """Whether a daemon outlives its session here, and how it must be started for that."""

    wrapper: List[str]
    """To be put before the daemon's command; empty: it can be started as it is."""
    problem: str
    """A sentence for the operator; empty: it will live on."""


def survival() -> Survival:
    """Ask systemd, where it runs and where it may kill what this account leaves behind."""
    if os.getuid() == 0 or not os.path.isdir(RUNNING):
        return Survival([], "")
    if _ask("loginctl", "show-session", "--property=KillUserProcesses", "--value") != "yes":
        return Survival([], "")
    account = pwd.getpwuid(os.getuid()).pw_name
    if not _lingers(account):
        _ask("loginctl", "enable-linger")
    runner = shutil.which("systemd-run")
    has_manager = _ask("systemctl", "--user", "show", "--property=Version", "--value")
    if runner is None or not has_manager:
        return Survival([], _problem(account))
    return Survival([runner, *_SCOPE], "" if _lingers(account) else _problem(account))


def scope_for_daemon() -> List[str]:
    """What to put before the daemon's command, so that it outlives this session if it can."""
    return survival().wrapper


def _problem(account: str) -> str:
    return (
        "This machine ends everything of an account when its last session ends "
        "(KillUserProcesses=yes), tasks too. Run there: loginctl enable-linger %s" % account
    )


def _lingers(account: str) -> bool:
    return os.path.exists(os.path.join(LINGERING, account))


def _ask(*command: str) -> str:
    """What the program prints; empty when it fails, hangs or is not there."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.decode(errors="replace").strip() if done.returncode == 0 else ""
