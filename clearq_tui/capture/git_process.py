"""Run the laptop's git without touching the operator's repository or running anything of theirs.

GitPython costs 150 ms to import, more than a whole capture takes, so the path of `clearq enqueue`
speaks to git's plumbing directly; `deliver`, which runs in a long-lived process, uses it.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from clearq_tui.capture.failure import CaptureError

_KEPT = frozenset(
    {
        "GIT_CEILING_DIRECTORIES",
        "GIT_CONFIG_GLOBAL",
        "GIT_CONFIG_NOSYSTEM",
        "GIT_CONFIG_SYSTEM",
        "GIT_DISCOVERY_ACROSS_FILESYSTEM",
        "GIT_EXEC_PATH",
    }
)
"""What may stay of the operator's GIT_ variables: how to find things, never which repository."""

_SETTINGS = (
    "core.fsmonitor=false",  # would start a daemon or a hook
    f"core.hooksPath={os.devnull}",
    "core.commitGraph=false",
    "core.protectNTFS=false",  # a file may be called "git~1" where the disk allows it
    "core.protectHFS=false",
    "gc.auto=0",
    "protocol.allow=never",
)

FLAGS: tuple[str, ...] = tuple(part for setting in _SETTINGS for part in ("-c", setting))
"""Goes between `git` and the command."""


def git_environment(
    extra: Mapping[str, str] | None = None, base: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """The environment for git: nothing that selects a repository, no locks, prompts or network."""
    environment = {
        name: value for name, value in base.items() if not name.startswith("GIT_") or name in _KEPT
    }
    environment.update(
        GIT_OPTIONAL_LOCKS="0",
        GIT_TERMINAL_PROMPT="0",
        GIT_NO_LAZY_FETCH="1",
        GIT_NO_REPLACE_OBJECTS="1",
        LC_ALL="C",
    )
    environment.update(extra or {})
    return environment


class GitProcess:
    """One running git command whose output is collected when it is asked for.

    Starting and finishing are apart so that commands that do not depend on each other overlap.
    """

    def __init__(
        self,
        directory: Path,
        arguments: Sequence[str | bytes],
        *,
        environment: Mapping[str, str] | None = None,
        settings: Sequence[str] = (),
        takes_input: bool = False,
    ) -> None:
        self._name = os.fsdecode(arguments[0])
        self._directory = directory
        flags = [part for setting in settings for part in ("-c", setting)]
        try:
            self.process = subprocess.Popen(
                ["git", *FLAGS, *flags, *arguments],
                cwd=directory,
                env=git_environment(environment),
                stdin=subprocess.PIPE if takes_input else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
        except FileNotFoundError as error:
            if not directory.is_dir():
                raise CaptureError(f"{directory} does not exist (any more).") from error
            raise CaptureError(
                "git is not installed on this laptop; clearq needs it to capture code. "
                "Install git and try again."
            ) from error

    def finish(self, text: bytes | None = None, *, accepted: Sequence[int] = (0,)) -> bytes:
        """Standard output, once the command has ended.

        Raises:
            CaptureError: it ended with a status that is not among `accepted`.
        """
        output, complaint = self.process.communicate(text)
        if self.process.returncode not in accepted:
            raise CaptureError(self._sentence(complaint))
        return output

    def complaint(self) -> CaptureError:
        """The error to raise when the command closed its input early."""
        _, complaint = self.process.communicate()
        return CaptureError(self._sentence(complaint))

    def abandon(self) -> None:
        """Stop the command; its output is of no use any more."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def _sentence(self, complaint: bytes) -> str:
        said = complaint.decode("utf-8", "replace").strip() or (
            f"exit status {self.process.returncode}"
        )
        return f"`git {self._name}` failed in {self._directory}: {said}"


def run_git(
    directory: Path,
    arguments: Sequence[str | bytes],
    *,
    environment: Mapping[str, str] | None = None,
    text: bytes | None = None,
) -> bytes:
    """Standard output of one git command.

    Raises:
        CaptureError: git is missing or the command failed.
    """
    command = GitProcess(
        directory, arguments, environment=environment, takes_input=text is not None
    )
    return command.finish(text)
