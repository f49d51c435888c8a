"""Files that git converts on their way in: the bytes on disk arrive, and git still agrees."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest

from tests.capture.journey import Journey, assert_same, commit_all, files_in, git, new_repository


@pytest.fixture
def journey(tmp_path: Path) -> Journey:
    return Journey(tmp_path / "elsewhere")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return new_repository(tmp_path / "project")


@pytest.mark.parametrize("attributes", ["* text=auto\n", "*.txt text eol=crlf\n", "* ident\n"])
def test_attributes(repository: Path, journey: Journey, attributes: str) -> None:
    (repository / ".gitattributes").write_text(attributes)
    (repository / "a.txt").write_bytes(b"one\r\ntwo\r\n$Id: here $\r\n")
    (repository / "b.txt").write_bytes(b"one\r\n")
    commit_all(repository)
    (repository / "b.txt").write_bytes(b"one\r\ntwo\r\n")
    assert_same(repository, journey.travel(repository))


@pytest.mark.parametrize("value", ["true", "input"])
def test_autocrlf(repository: Path, journey: Journey, value: str) -> None:
    git(repository, "config", "core.autocrlf", value)
    git(repository, "config", "core.safecrlf", "false")
    (repository / "a.txt").write_bytes(b"one\r\ntwo\r\n")
    (repository / "b.txt").write_bytes(b"one\n")
    commit_all(repository)
    (repository / "c.txt").write_bytes(b"untracked\r\n")
    assert_same(repository, journey.travel(repository))


def test_ignored_modes(repository: Path, journey: Journey) -> None:
    git(repository, "config", "core.filemode", "false")
    (repository / "a").write_text("a\n")
    commit_all(repository)
    (repository / "a").chmod(0o755)
    arrived = journey.travel(repository)
    (repository / "a").chmod(0o644)
    assert_same(repository, arrived)


def test_utf16_files(repository: Path, journey: Journey) -> None:
    (repository / ".gitattributes").write_text("*.txt text working-tree-encoding=UTF-16\n")
    (repository / "a.txt").write_bytes("grün\n".encode("utf-16"))
    commit_all(repository)
    assert_same(repository, journey.travel(repository))


def test_attributes_that_came_later(repository: Path, journey: Journey) -> None:
    (repository / "a.txt").write_bytes(b"one\r\n")
    commit_all(repository)
    (repository / ".gitattributes").write_text("* text\n")
    os.utime(repository / "a.txt")  # so that git looks at it again and finds it modified
    git(repository, "status")
    assert_same(repository, journey.travel(repository))


def test_a_custom_filter(repository: Path, journey: Journey) -> None:
    git(repository, "config", "filter.upper.clean", "tr a-z A-Z")
    git(repository, "config", "filter.upper.smudge", "tr A-Z a-z")
    (repository / ".gitattributes").write_text("*.txt filter=upper\n")
    (repository / "a.txt").write_bytes(b"text\n")
    os.utime(repository / "a.txt", (time.time() - 100, time.time() - 100))
    commit_all(repository)
    assert git(repository, "show", ":a.txt") == b"TEXT\n"
    snapshot = journey.capture(repository)
    assert snapshot.counts.unstaged == 0
    arrived = journey.lay_out(journey.deliver(snapshot))
    assert (arrived / "a.txt").read_bytes() == b"text\n"
    assert git(arrived, "status", "--porcelain") == b""


@pytest.mark.skipif(shutil.which("git-lfs") is None, reason="git-lfs is not installed")
@pytest.mark.parametrize("age", [0, 100])
def test_large_file_storage(repository: Path, journey: Journey, age: int) -> None:
    """With `age` 0 git would run the filter to be sure; capture recognises the pointer itself."""
    git(repository, "lfs", "install", "--local")
    (repository / ".gitattributes").write_text("*.bin filter=lfs diff=lfs merge=lfs -text\n")
    content = bytes(range(256)) * 100
    (repository / "weights.bin").write_bytes(content)
    os.utime(repository / "weights.bin", (time.time() - age, time.time() - age))
    commit_all(repository)
    assert git(repository, "show", ":weights.bin").startswith(b"version https://git-lfs")
    snapshot = journey.capture(repository)
    assert snapshot.counts.unstaged == 0
    arrived = journey.lay_out(journey.deliver(snapshot))
    assert files_in(arrived) == files_in(repository)
    assert git(arrived, "status", "--porcelain") == b""
    (arrived / "weights.bin").write_bytes(b"changed by the task")
    assert git(arrived, "status", "--porcelain") == b" M weights.bin\n"


@pytest.mark.skipif(shutil.which("git-lfs") is None, reason="git-lfs is not installed")
def test_large_files_edited_staged_or_not_fetched(repository: Path, journey: Journey) -> None:
    git(repository, "lfs", "install", "--local")
    (repository / ".gitattributes").write_text("*.bin filter=lfs diff=lfs merge=lfs -text\n")
    for name in ("edited.bin", "absent.bin"):
        (repository / name).write_bytes(name.encode() * 100)
    commit_all(repository)
    (repository / "absent.bin").write_bytes(git(repository, "show", ":absent.bin"))
    (repository / "edited.bin").write_bytes(b"edited")
    (repository / "staged.bin").write_bytes(b"staged")
    git(repository, "add", "staged.bin")
    arrived = journey.travel(repository)
    assert files_in(arrived) == files_in(repository)
    expected = git(repository, "status", "--porcelain")
    assert git(arrived, "status", "--porcelain") == expected
