"""A quick look at what would be captured, for a form: nothing is kept, nothing is hashed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from clearq_tui.capture.failure import CaptureError
from clearq_tui.capture.git_process import GitProcess
from clearq_tui.capture.locate import find_working_tree
from clearq_tui.capture.warnings import printable


@dataclass(frozen=True)
class Glance:
    """What a directory is to `capture`."""

    is_git: bool
    branch: str | None = None
    """None outside git, and when HEAD is detached."""
    head: str | None = None
    """The commit; None where there is none yet."""
    changes: int = 0
    """Paths that differ from the commit, untracked ones included (a new directory counts once)."""

    def __str__(self) -> str:
        """`git: main @4f2a91c + 3 changes`, or `files`."""
        if not self.is_git:
            return "files of a directory without git"
        at = f"@{self.head[:7]}" if self.head else "without a commit"
        changed = f" + {self.changes} change{'s' * (self.changes != 1)}" if self.changes else ""
        return f"git: {printable(self.branch or 'detached')} {at}{changed}"


def glance(directory: Path) -> Glance:
    """Look at a directory; as quick as `git status`.

    Raises:
        CaptureError: there is no such directory, or git refuses its repository.
    """
    if not directory.is_dir():
        raise CaptureError(f"There is no directory {printable(str(directory))}.")
    tree = find_working_tree(directory.resolve())
    if tree is None:
        return Glance(is_git=False)
    # A filter of the operator's is a command; to count what changed it need not run.
    unfiltered = [
        f"filter.{name}.{kind}=" for name in tree.filters for kind in ("clean", "process")
    ]
    status = GitProcess(
        tree.top, ["status", "--porcelain", "-z", "--no-renames"], settings=unfiltered
    )
    changes = [line for line in status.finish().split(b"\0") if line]
    return Glance(True, tree.branch, tree.head, len(changes))
