"""The plain cases: what is edited, staged, untracked, deleted, renamed arrives as it is."""

# Paths are bytes here, which pathlib does not take.
# ruff: noqa: PTH103, PTH118, PTH120, PTH123

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.capture.journey import (
    Journey,
    assert_same,
    commit_all,
    files_in,
    git,
    new_repository,
)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    place = new_repository(tmp_path / "project")
    for name in ("a.py", "b.py", "c.py", "deep/er/d.py"):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(f"print('{name}')\n")
    (place / ".gitignore").write_text("*.log\n")
    commit_all(place)
    return place


@pytest.fixture
def journey(tmp_path: Path) -> Journey:
    return Journey(tmp_path / "elsewhere")


def test_a_clean_tree_arrives_on_its_own_commit(repository: Path, journey: Journey) -> None:
    git(repository, "remote", "add", "origin", "https://someone:secret@example.org/p.git")
    snapshot = journey.capture(repository)
    arrived = journey.lay_out(journey.deliver(snapshot))
    assert_same(repository, arrived)
    assert git(arrived, "rev-parse", "HEAD") == git(repository, "rev-parse", "HEAD")
    assert snapshot.root.branch == "main"
    assert git(arrived, "remote", "get-url", "origin") == b"https://example.org/p.git\n"
    assert "secret" not in snapshot.to_json()
    assert (snapshot.counts.staged, snapshot.counts.unstaged, snapshot.counts.untracked) == (
        0,
        0,
        0,
    )


def test_every_kind_of_change_arrives(repository: Path, journey: Journey) -> None:
    (repository / "a.py").write_text("staged\n")
    git(repository, "add", "a.py")
    (repository / "a.py").write_text("staged, then edited\n")
    (repository / "b.py").unlink()
    git(repository, "mv", "c.py", "renamed.py")
    (repository / "deep/er/d.py").chmod(0o755)
    (repository / "new.bin").write_bytes(bytes(range(256)) * 10)
    (repository / "link").symlink_to("a.py")
    (repository / "ignored.log").write_text("not sent\n")
    snapshot = journey.capture(repository)
    arrived = journey.lay_out(journey.deliver(snapshot))
    (repository / "ignored.log").unlink()
    assert_same(repository, arrived)
    assert snapshot.counts.staged == 2 or snapshot.counts.staged == 3
    assert snapshot.counts.untracked == 2


def test_names_that_are_hard_to_write(repository: Path, journey: Journey) -> None:
    names = [b"-rf", b"two words", b"new\nline", b"\xff\xfe", b'"quoted"', b"tab\t", b"git~1"]
    names += [b"back\\slash", b"\xe4\xb8\xad", b"*", b":(top)x", b"H 100644 a 0\tb", b"d/-/ /x"]
    for number, name in enumerate(names):
        full = os.path.join(os.fsencode(repository), name)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "wb") as file:
            file.write(name)
        if number % 2:
            git(repository, "--literal-pathspecs", "add", "--", name)
    assert_same(repository, journey.travel(repository))
    assert files_in(journey.travel_as_archive(repository)) == files_in(repository)


def test_a_link_that_took_a_directorys_place(repository: Path, journey: Journey) -> None:
    (repository / "other/er").mkdir(parents=True)
    (repository / "other/er/d.py").write_text("another\n")
    (repository / "deep/er/d.py").unlink()
    (repository / "deep/er").rmdir()
    (repository / "deep").rmdir()
    (repository / "deep").symlink_to("other")
    assert_same(repository, journey.travel(repository))


def test_a_file_that_took_a_directorys_place_and_back(repository: Path, journey: Journey) -> None:
    (repository / "deep/er/d.py").unlink()
    (repository / "deep/er").rmdir()
    (repository / "deep/er").write_text("file\n")
    (repository / "a.py").unlink()
    (repository / "a.py").mkdir()
    (repository / "a.py" / "inner").write_text("inner\n")
    assert_same(repository, journey.travel(repository))


def test_the_command_runs_where_the_operator_stood(repository: Path, journey: Journey) -> None:
    arrived = journey.travel(repository / "deep" / "er")
    assert arrived.relative_to(journey.base).parts[1:] == ("deep", "er")
    assert (arrived / "d.py").exists()
    script = journey.travel(repository / "deep" / "er" / "d.py")
    assert script.relative_to(journey.base).parts[1:] == ("deep", "er")


def test_what_arrived_does_not_depend_on_the_laptop_any_more(
    repository: Path, journey: Journey
) -> None:
    (repository / "new").write_text("untracked\n")
    expected = files_in(repository)
    snapshot = journey.capture(repository)
    (repository / "new").unlink()
    (repository / "a.py").write_text("later\n")
    git(repository, "commit", "--quiet", "--all", "--amend", "--message", "rewritten")
    git(repository, "reflog", "expire", "--expire=now", "--all")
    git(repository, "gc", "--quiet", "--prune=now")
    assert files_in(journey.lay_out(journey.deliver(snapshot))) == expected


def test_the_same_code_is_the_same_snapshot(repository: Path, journey: Journey) -> None:
    (repository / "new").write_text("untracked\n")
    assert journey.capture(repository) == journey.capture(repository)


def test_a_file_edited_within_one_clock_tick_is_seen(repository: Path, journey: Journey) -> None:
    for number in range(20):
        (repository / "new").write_text(f"{number:02}")
        status = (repository / "new").stat()
        (repository / "a.py").write_text(f"{number:02}")
        arrived = journey.travel(repository)
        assert (arrived / "new").read_text() == f"{number:02}"
        assert (arrived / "a.py").read_text() == f"{number:02}"
        assert status.st_size == 2
