"""The quick look at what would be captured."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from clearq_tui.capture import CaptureError, glance


def git(place: Path, *arguments: str) -> str:
    who = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
    done = subprocess.run(
        ["git", *who, *arguments], cwd=place, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def test_a_repository_from_empty_to_changed(tmp_path: Path) -> None:
    git(tmp_path, "init", "--initial-branch=main")
    assert str(glance(tmp_path)) == "git: main without a commit"
    (tmp_path / "a.py").write_text("1\n")
    assert str(glance(tmp_path)) == "git: main without a commit + 1 change"
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "first")
    head = git(tmp_path, "rev-parse", "HEAD")
    assert str(glance(tmp_path)) == f"git: main @{head[:7]}"
    (tmp_path / "a.py").write_text("2\n")
    (tmp_path / "b.py").write_text("")
    inside = tmp_path / "inside"
    inside.mkdir()
    assert str(glance(inside)) == f"git: main @{head[:7]} + 2 changes"
    git(tmp_path, "checkout", "--detach")
    assert glance(tmp_path).branch is None


def test_filters_of_the_repository_are_not_run(tmp_path: Path) -> None:
    git(tmp_path, "init", "--initial-branch=main")
    (tmp_path / ".gitattributes").write_text("*.bin filter=mine\n")
    (tmp_path / "a.bin").write_text("1\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "first")
    git(tmp_path, "config", "filter.mine.clean", "touch ran; cat")
    (tmp_path / "a.bin").write_text("2\n")
    assert glance(tmp_path).changes == 1
    assert not (tmp_path / "ran").exists()


def test_a_directory_without_git(tmp_path: Path) -> None:
    assert str(glance(tmp_path)) == "files of a directory without git"


def test_no_directory_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match=r"There is no directory .*/absent\."):
        glance(tmp_path / "absent")
