"""Submodules, and repositories that merely lie inside another."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.capture.journey import Journey, assert_same, commit_all, files_in, git, new_repository


@pytest.fixture
def journey(tmp_path: Path) -> Journey:
    return Journey(tmp_path / "elsewhere")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with a submodule `libs/one`, which has a submodule `two`."""
    two = new_repository(tmp_path / "origin-two")
    (two / "two.py").write_text("two\n")
    commit_all(two)
    one = new_repository(tmp_path / "origin-one")
    (one / "one.py").write_text("one\n")
    git(one, "submodule", "--quiet", "add", os.fspath(two), "two")
    commit_all(one)
    place = new_repository(tmp_path / "project")
    (place / "main.py").write_text("main\n")
    git(place, "submodule", "--quiet", "add", os.fspath(one), "libs/one")
    git(place, "submodule", "--quiet", "update", "--init", "--recursive")
    commit_all(place)
    return place


def test_clean_submodules(repository: Path, journey: Journey) -> None:
    snapshot = journey.capture(repository)
    assert [r.path for r in snapshot.repositories] == ["", "libs/one", "libs/one/two"]
    arrived = journey.lay_out(journey.deliver(snapshot))
    for inner in ("", "libs/one", "libs/one/two"):
        assert_same(repository / inner, arrived / inner)


def test_edited_submodules(repository: Path, journey: Journey) -> None:
    (repository / "libs/one/one.py").write_text("edited\n")
    (repository / "libs/one/two/new.py").write_text("untracked\n")
    (repository / "libs/one/two/two.py").write_text("committed\n")
    git(repository / "libs/one/two", "commit", "--quiet", "--all", "--message", "inside")
    arrived = journey.travel(repository)
    for inner in ("", "libs/one", "libs/one/two"):
        assert_same(repository / inner, arrived / inner)
    assert files_in(journey.travel_as_archive(repository)) == files_in(repository)


def test_a_submodule_that_is_not_checked_out(repository: Path, journey: Journey) -> None:
    git(repository, "submodule", "--quiet", "deinit", "--force", "libs/one")
    arrived = journey.travel(repository)
    assert_same(repository, arrived)
    assert (arrived / "libs/one").is_dir()
    assert (journey.travel_as_archive(repository) / "libs/one").is_dir()


def test_standing_in_a_submodule_captures_that_one(repository: Path, journey: Journey) -> None:
    snapshot = journey.capture(repository / "libs/one")
    assert [r.path for r in snapshot.repositories] == ["", "two"]
    assert_same(repository / "libs/one", journey.lay_out(journey.deliver(snapshot)))


def test_untracked_repositories_inside(repository: Path, journey: Journey) -> None:
    inner = new_repository(repository / "deep" / "checkout")
    (inner / "x").write_text("x\n")
    commit_all(inner)
    (inner / "y").write_text("y\n")
    unborn = new_repository(repository / "unborn")
    (unborn / "z").write_text("z\n")
    arrived = journey.travel(repository)
    for path in ("", "deep/checkout", "unborn"):
        assert_same(repository / path, arrived / path)


def test_a_submodule_replaced_by_files(repository: Path, journey: Journey) -> None:
    one = repository / "libs" / "one"
    (one / ".git").unlink()
    arrived = journey.travel(repository)
    assert files_in(arrived) == files_in(repository)
