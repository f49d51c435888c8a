"""A git bundle with what a machine lacks.

The header is written here and not by `git bundle`, for two reasons: `git bundle` leaves out what
lies in the trees of the commits that the machine has only where those are parents, and it names
only such parents as prerequisites.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from typing import BinaryIO

from clearq_tui.capture.failure import CaptureError
from clearq_tui.capture.git_python import open_store
from clearq_tui.capture.snapshot_store import SnapshotStore


def write_bundle(
    store: SnapshotStore, worktree: str, bases: Sequence[str], stream: BinaryIO
) -> None:
    """Write the bundle of one snapshot, built on `bases`, snapshots that the machine has.

    Raises:
        CaptureError: git failed.
    """
    import git

    stream.write(bundle_header(store.object_format, worktree, bases))
    stream.flush()
    wanted = [worktree, *(f"^{base}" for base in bases)]
    with tempfile.TemporaryFile() as lines:
        lines.write("".join(f"{line}\n" for line in wanted).encode())
        lines.seek(0)
        with open_store(store.path) as repository:
            try:
                repository.git.pack_objects(
                    "--revs",
                    "--thin",
                    "--shallow",  # deltas against the bases' own trees, not only their parents'
                    "--stdout",
                    "--quiet",
                    f"--missing={store.missing_objects}",
                    "--delta-base-offset",
                    istream=lines,
                    output_stream=stream,
                )
            except git.GitCommandError as error:
                raise CaptureError(
                    f"The snapshot {worktree[:12]} could not be packed: {error.stderr.strip()}"
                ) from error


def bundle_header(object_format: str, worktree: str, bases: Sequence[str]) -> bytes:
    """The text before the pack, as gitformat-bundle(5) describes it."""
    if object_format == "sha1":
        lines = ["# v2 git bundle"]
    else:
        lines = ["# v3 git bundle", f"@object-format={object_format}"]
    lines += [f"-{base} " for base in bases]
    lines.append(f"{worktree} refs/snapshots/{worktree}")
    return "\n".join([*lines, "", ""]).encode()
