"""Removes what a task has left, as an account for which permissions mean something."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, os.environ["HOUSE"])

from remote_agent.removal import remove_tree

NOBODY = 65534


def deepen(start: str, levels: int) -> None:
    """A chain of directories much longer than any path may be."""
    here = os.open(start, os.O_RDONLY)
    for _ in range(levels):
        os.mkdir("d" * 20, dir_fd=here)
        below = os.open("d" * 20, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(os.open("file", os.O_CREAT, dir_fd=here))
    os.close(here)


def plant(place: Path, stranger: Path) -> None:
    """A file, and links to elsewhere."""
    (place / "file").touch()
    (place / "link").symlink_to(stranger)
    (place / "file-link").symlink_to(stranger / "kept")
    (place / "dangling").symlink_to("nowhere")


def main() -> None:
    base = Path(tempfile.mkdtemp())
    if os.getuid() == 0:
        os.chown(base, NOBODY, NOBODY)
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    stranger, tree = base / "stranger", base / ".old-1.1"
    stranger.mkdir()
    (stranger / "kept").touch()
    (stranger / "kept").chmod(0o444)
    stranger.chmod(0o555)
    for mode in (0o500, 0, 0o300, 0o700):
        inner = tree / oct(mode) / "inner"
        inner.mkdir(parents=True)
        for place in (inner, inner.parent):
            plant(place, stranger)
        inner.chmod(mode)
        inner.parent.chmod(mode)
    (tree / "deep").mkdir()
    deepen(str(tree / "deep"), 1500)
    assert remove_tree(str(tree))
    assert [path.name for path in base.iterdir()] == ["stranger"]
    tree.symlink_to(stranger)
    assert remove_tree(str(tree))
    assert remove_tree(str(tree))  # what is not there is removed
    assert [path.name for path in stranger.iterdir()] == ["kept"]
    modes = [path.stat().st_mode & 0o777 for path in (stranger, stranger / "kept")]
    assert modes == [0o555, 0o444]
    assert remove_tree(str(stranger))
    base.rmdir()


main()
