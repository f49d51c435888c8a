"""Single files of a snapshot, and of a directory that is not captured yet."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from clearq_tui.capture import CaptureError, FilesOnDisk, SnapshotFiles, capture, forget_snapshots
from clearq_tui.capture.git_process import run_git

_LARGE = 1 << 20


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository with one inside it, files of all sorts, and changes that are not committed."""
    place = tmp_path / "project"
    (place / "sub" / "deep").mkdir(parents=True)
    run_git(place, ["init", "-q"])
    (place / ".gitignore").write_text("ignored\n")
    (place / "top.txt").write_bytes(b"committed\n")
    (place / "sub" / "train.py").write_bytes(b"first\r\n")
    (place / "sub" / "deep" / "c.yaml").write_bytes(b"a: 1\n")
    run_git(place, ["add", "."])
    run_git(place, ["commit", "-q", "-m", "first"])
    (place / "sub" / "train.py").write_bytes(b"changed\r\n")
    (place / "sub" / "new \xe9\n.txt").write_bytes(b"untracked")
    (place / "sub" / "link.yaml").symlink_to("deep/c.yaml")
    (place / "sub" / "ignored").write_bytes(b"not for anybody")
    (place / "sub" / "large.bin").write_bytes(b"x" * _LARGE)
    inner = place / "inner"
    inner.mkdir()
    run_git(inner, ["init", "-q"])
    (inner / "inside.py").write_bytes(b"inner\n")
    run_git(inner, ["add", "."])
    run_git(inner, ["commit", "-q", "-m", "first"])
    return place


_FILES = {
    "train.py": b"changed\r\n",
    "deep/c.yaml": b"a: 1\n",
    "new \xe9\n.txt": b"untracked",
    "../top.txt": b"committed\n",
    "../.gitignore": b"ignored\n",
}


def test_the_files_of_a_snapshot_are_those_that_were_on_disk(project: Path, tmp_path: Path) -> None:
    snapshot = capture(project / "sub", tmp_path / "snapshots")
    (project / "sub" / "train.py").write_bytes(b"later")
    with SnapshotFiles(snapshot, tmp_path / "snapshots") as files:
        assert set(files.paths()) == {*_FILES, "large.bin", "../inner/inside.py"}
        assert {path: files.read(path, 100) for path in _FILES} == _FILES
        assert files.read("../inner/inside.py", 100) == b"inner\n"
        assert files.read("large.bin", _LARGE - 1) is None
        assert files.read("train.py", 100) == b"changed\r\n", "after one that was too large"
        assert files.read("large.bin", _LARGE) == b"x" * _LARGE
        assert files.read("link.yaml", 100) is None
        assert files.read("missing", 100) is None


def test_the_files_on_disk_are_those_that_a_capture_would_bring(project: Path) -> None:
    files = FilesOnDisk(project / "sub")
    assert set(files.paths()) == {*_FILES, "large.bin"}
    assert {path: files.read(path, 100) for path in _FILES} == _FILES
    assert files.read("large.bin", 100) is None
    assert files.read("ignored", 100) is None


def test_a_directory_without_git_is_looked_at_too(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "x.py").write_text("")
    (tmp_path / "a" / "b.py").write_text("b")
    os.mkfifo(tmp_path / "a" / "pipe")
    files = FilesOnDisk(tmp_path)
    assert set(files.paths()) == {"a/b.py"}
    assert files.read("a/b.py", 10) == b"b"
    assert files.read("a/pipe", 10) is None


def test_what_is_gone_is_said(project: Path, tmp_path: Path) -> None:
    snapshot = capture(project, tmp_path / "snapshots")
    forget_snapshots(tmp_path / "snapshots", [], clock=lambda: time.time() + 2 * 86_400)
    with (
        pytest.raises(CaptureError, match="capture the working tree again"),
        SnapshotFiles(snapshot, tmp_path / "snapshots") as files,
    ):
        files.paths()
    with pytest.raises(CaptureError, match="There is no directory"):
        FilesOnDisk(tmp_path / "nothing").paths()


def test_a_file_that_goes_meanwhile_is_none(project: Path) -> None:
    files = FilesOnDisk(project / "sub")
    assert "train.py" in files.paths()
    (project / "sub" / "train.py").unlink()
    assert files.read("train.py", 100) is None
