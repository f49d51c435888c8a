"""Run the machine's git, closed to its configuration, its hooks and the network."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import Dict, List, Mapping, Optional, Sequence

from remote_agent.workspace.failure import WorkspaceError

_SETTINGS = (
    "core.hooksPath=" + os.devnull,
    "core.fsmonitor=false",
    "core.attributesFile=" + os.devnull,
    "core.excludesFile=" + os.devnull,
    "core.protectNTFS=false",  # a file may be called "git~1" where the disk allows it
    "core.protectHFS=false",
    "core.logAllRefUpdates=false",
    "gc.auto=0",
    "protocol.allow=never",
    "advice.detachedHead=false",
)


def git_environment(home: str, base: Mapping[str, str] = os.environ) -> Dict[str, str]:
    """Nothing that selects a repository, no configuration but the repository's own, no prompts.

    `home` replaces the home directory, because an older git reads ~/.gitconfig whatever it is told.
    """
    environment = {name: value for name, value in base.items() if not name.startswith("GIT_")}
    environment.update(
        HOME=home,
        XDG_CONFIG_HOME=os.path.join(home, "no-config"),
        GIT_CONFIG_NOSYSTEM="1",
        GIT_CONFIG_GLOBAL=os.devnull,
        GIT_ATTR_NOSYSTEM="1",
        GIT_NO_REPLACE_OBJECTS="1",
        GIT_NO_LAZY_FETCH="1",
        GIT_TERMINAL_PROMPT="0",
        GIT_ASKPASS="false",
        LC_ALL="C",
    )
    return environment


def find_git() -> Optional[str]:
    """Where git is on this machine, or None."""
    return shutil.which("git")


class Git:
    """The machine's git at work in one repository."""

    def __init__(self, directory: str, worktree: Optional[str] = None) -> None:
        self._directory = directory
        self._worktree = worktree

    def run(self, arguments: Sequence[str], text: bytes = b"") -> bytes:
        """Standard output of one command.

        Raises:
            WorkspaceError: git is missing or the command failed.
        """
        environment = git_environment(self._directory)
        environment["GIT_DIR"] = self._directory
        if self._worktree is not None:
            environment["GIT_WORK_TREE"] = self._worktree
        flags: List[str] = []
        for setting in _SETTINGS:
            flags += ["-c", setting]
        program = find_git()
        if program is None:
            raise WorkspaceError("git has vanished from this machine; install it, or try again.")
        done = subprocess.run(
            [program, *flags, *arguments],
            cwd=self._worktree or self._directory,
            env=environment,
            input=text,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            check=False,
        )
        if done.returncode != 0:
            said = done.stderr.decode("utf-8", "replace").strip()[:2000]
            raise WorkspaceError(
                "`git %s` failed on the machine: %s"
                % (_name(arguments), said or "exit status %d" % done.returncode)
            )
        return done.stdout


def _name(arguments: Sequence[str]) -> str:
    """The command's, after the settings that are before it."""
    return next(word for word in arguments if not word.startswith("-") and "=" not in word)
