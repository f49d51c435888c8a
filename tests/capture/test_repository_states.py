"""Repositories in states that are legal and rare."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from clearq_tui.capture import CaptureError, capture
from tests.capture.journey import Journey, assert_same, commit_all, files_in, git, new_repository


@pytest.fixture
def journey(tmp_path: Path) -> Journey:
    return Journey(tmp_path / "elsewhere")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    place = new_repository(tmp_path / "project")
    (place / "a").write_text("a\n")
    (place / "dir").mkdir()
    (place / "dir" / "b").write_text("b\n")
    commit_all(place)
    return place


def test_nothing_committed_yet(tmp_path: Path, journey: Journey) -> None:
    place = new_repository(tmp_path / "project", "--initial-branch", "first/try")
    (place / "staged").write_text("staged\n")
    git(place, "add", "staged")
    (place / "untracked").write_text("untracked\n")
    snapshot = journey.capture(place)
    assert snapshot.root.head is None
    assert snapshot.root.branch == "first/try"
    assert_same(place, journey.lay_out(journey.deliver(snapshot)))


def test_an_empty_repository(tmp_path: Path, journey: Journey) -> None:
    place = new_repository(tmp_path / "project")
    assert_same(place, journey.travel(place))


def test_detached_head(repository: Path, journey: Journey) -> None:
    git(repository, "checkout", "--quiet", "--detach")
    snapshot = journey.capture(repository)
    assert snapshot.root.branch is None
    arrived = journey.lay_out(journey.deliver(snapshot))
    assert_same(repository, arrived)
    assert git(arrived, "rev-parse", "HEAD") == git(repository, "rev-parse", "HEAD")


def test_history_stays_at_home(repository: Path, journey: Journey) -> None:
    (repository / "a").write_text("second\n")
    commit_all(repository)
    arrived = journey.travel(repository)
    for cached in journey.cache.glob("git/*.git"):
        git(cached, "fsck", "--strict")
    assert len(git(arrived, "log", "--format=%H").split()) == 1
    git(arrived, "fsck", "--no-dangling", "--strict")
    (arrived / "a").write_text("the task commits\n")
    git(arrived, "commit", "--quiet", "--all", "--message", "from the task")
    git(arrived, "gc", "--quiet", "--prune=now")
    assert len(git(arrived, "log", "--format=%H").split()) == 2


def test_a_linked_worktree(repository: Path, journey: Journey, tmp_path: Path) -> None:
    (repository / ".git" / "info" / "exclude").write_text("*.skip\n")
    linked = tmp_path / "linked"
    git(repository, "worktree", "add", "--quiet", "-b", "side", os.fspath(linked))
    (linked / "a").write_text("on the side\n")
    (linked / "new").write_text("new\n")
    snapshot = journey.capture(linked)
    assert snapshot.root.branch == "side"
    assert snapshot.root.key == journey.capture(repository).root.key
    (linked / "x.skip").write_text("excluded\n")
    arrived = journey.travel(linked)
    (linked / "x.skip").unlink()
    assert_same(linked, arrived)


def test_sha256_objects(tmp_path: Path, journey: Journey) -> None:
    place = new_repository(tmp_path / "project", "--object-format=sha256")
    (place / "a").write_text("a\n")
    commit_all(place)
    (place / "b").write_text("b\n")
    assert_same(place, journey.travel(place))
    (place / "b").write_text("more\n")
    git(place, "add", "b")
    assert_same(place, journey.travel(place))
    assert journey.capture(place).root.object_format == "sha256"


def test_unmerged_files_are_refused_by_name(repository: Path, journey: Journey) -> None:
    git(repository, "checkout", "--quiet", "-b", "side")
    (repository / "a").write_text("side\n")
    commit_all(repository)
    git(repository, "checkout", "--quiet", "main")
    (repository / "a").write_text("main\n")
    commit_all(repository)
    with pytest.raises(AssertionError):
        git(repository, "merge", "side")
    with pytest.raises(CaptureError, match=r"unmerged files \(a\)"):
        journey.capture(repository)
    (repository / "a").write_text("both\n")
    git(repository, "add", "a")
    assert_same(repository, journey.travel(repository))


def test_a_sparse_checkout(repository: Path, journey: Journey) -> None:
    git(repository, "sparse-checkout", "set", "--no-cone", "/a")
    assert not (repository / "dir" / "b").exists()
    (repository / "a").write_text("edited\n")
    assert_same(repository, journey.travel(repository))


def test_a_split_index_is_left_alone(repository: Path, journey: Journey) -> None:
    git(repository, "update-index", "--split-index")
    (repository / "new").write_text("new\n")
    git(repository, "add", "new")
    shared = sorted((repository / ".git").glob("sharedindex.*"))
    assert shared
    before = [file.read_bytes() for file in shared]
    snapshot = journey.capture(repository)
    assert [file.read_bytes() for file in shared] == before
    assert sorted((repository / ".git").glob("sharedindex.*")) == shared
    assert_same(repository, journey.lay_out(journey.deliver(snapshot)))


def test_inside_somebody_elses_git_hook(
    repository: Path, journey: Journey, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = new_repository(tmp_path / "other")
    expected = journey.capture(repository)
    monkeypatch.setenv("GIT_DIR", os.fspath(other / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", os.fspath(other / ".git" / "index"))
    monkeypatch.setenv("GIT_WORK_TREE", os.fspath(other))
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", os.fspath(other / ".git" / "objects"))
    assert journey.capture(repository) == expected
    arrived = journey.lay_out(journey.deliver(expected))
    assert files_in(arrived) == files_in(repository)


def test_objects_borrowed_from_another_repository(
    repository: Path, journey: Journey, tmp_path: Path
) -> None:
    git(tmp_path, "clone", "--quiet", "--shared", os.fspath(repository), "borrower")
    place = tmp_path / "borrower"
    (place / "a").write_text("edited\n")
    assert_same(place, journey.travel(place))


def test_a_partial_and_sparse_clone(repository: Path, journey: Journey, tmp_path: Path) -> None:
    git(repository, "config", "uploadpack.allowFilter", "true")
    url = f"file://{repository}"
    git(tmp_path, "clone", "--quiet", "--filter=blob:none", "--no-checkout", url, "partial")
    place = tmp_path / "partial"
    git(place, "sparse-checkout", "set", "--no-cone", "/a")
    git(place, "checkout", "--quiet", "main")
    (repository / ".git").rename(repository / "unreachable")
    for text in ("edited\n", "edited again\n"):
        (place / "a").write_text(text)
        assert_same(place, journey.travel(place))


def test_a_damaged_repository_is_refused(repository: Path, journey: Journey) -> None:
    blob = git(repository, "rev-parse", "HEAD:dir/b").decode().strip()
    (repository / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(CaptureError, match=blob):
        journey.capture(repository)


def test_no_hook_filter_or_monitor_of_the_operators_runs(
    repository: Path, journey: Journey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    witness = tmp_path / "witness"
    spy = tmp_path / "spy"
    spy.write_text(f"#!/bin/sh\necho \"$0 $@\" >> '{witness}'\ncat\n")
    spy.chmod(0o755)
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for hook in ("post-index-change", "reference-transaction", "pre-auto-gc", "post-checkout"):
        (hooks / hook).write_bytes(spy.read_bytes())
        (hooks / hook).chmod(0o755)
    (repository / ".gitattributes").write_text("* filter=spy\n")
    (repository / "a").write_text("b\n")  # as long as before, so that git must look inside
    for name in ("filter.spy.clean", "filter.spy.smudge", "core.fsmonitor", "diff.external"):
        git(repository, "config", name, os.fspath(spy))
    settings = tmp_path / "everywhere"
    settings.write_text(f"[core]\n\thooksPath = {hooks}\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.fspath(settings))
    journey.lay_out(journey.deliver(journey.capture(repository)))
    assert not witness.exists()


def test_a_repository_without_working_tree_is_refused(repository: Path, tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match="without a working tree"):
        capture(repository / ".git", tmp_path / "snapshots")


def test_an_unreadable_untracked_file_is_named(repository: Path, journey: Journey) -> None:
    if os.geteuid() == 0:
        pytest.skip("root can read everything")
    (repository / "secret").write_text("x")
    (repository / "secret").chmod(0)
    with pytest.raises(CaptureError, match="secret"):
        journey.capture(repository)


def test_a_pipe_is_left_out(repository: Path, journey: Journey) -> None:
    os.mkfifo(repository / "pipe")
    arrived = journey.travel(repository)
    (repository / "pipe").unlink()
    assert_same(repository, arrived)


def test_clearqs_own_directory_is_not_captured(repository: Path) -> None:
    for _ in range(2):
        snapshot = capture(repository, repository / "state" / "snapshots")
        assert snapshot.counts.untracked == 0


def test_an_edit_that_only_the_indexs_own_age_betrays(repository: Path, journey: Journey) -> None:
    git(repository, "config", "core.trustctime", "false")
    then = time.time() - 100
    os.utime(repository / "a", (then, then))
    git(repository, "add", "a")
    (repository / "a").write_text("b\n")
    os.utime(repository / "a", (then, then))
    os.utime(repository / ".git" / "index", (then, then))
    snapshot = journey.capture(repository)
    assert snapshot.counts.unstaged == 1
    arrived = journey.lay_out(journey.deliver(snapshot))
    assert git(arrived, "status", "--porcelain") == b" M a\n"
    assert (arrived / "a").read_text() == "b\n"


@pytest.mark.parametrize("content", ["", "text\n"])
def test_a_file_only_intended_to_be_added(repository: Path, journey: Journey, content: str) -> None:
    (repository / "new").write_text(content)
    git(repository, "add", "--intent-to-add", "new")
    assert_same(repository, journey.travel(repository))


def test_a_damaged_memory_of_hashes_does_no_harm(repository: Path, journey: Journey) -> None:
    journey.capture(repository)
    for damage in (b"", b"{}", b"[1, 2]", b'[1, {"a": 1}]', b'[1, {"a": [1]}]', b"\xff"):
        for memory in journey.snapshots.glob("*/hashes-*.json"):
            memory.write_bytes(damage)
        assert_same(repository, journey.travel(repository))


def test_what_is_remembered_is_only_what_is_there(repository: Path, journey: Journey) -> None:
    (repository / "passing").write_text("x")
    journey.capture(repository)
    (repository / "passing").unlink()
    journey.capture(repository)
    for memory in journey.snapshots.glob("*/hashes-*.json"):
        assert "passing" not in json.loads(memory.read_bytes())[1]


def test_standing_in_an_ignored_directory_is_said(repository: Path, journey: Journey) -> None:
    (repository / ".gitignore").write_text("build/\n")
    (repository / "build").mkdir()
    (repository / "build" / "x.py").write_text("x\n")
    assert journey.capture(repository).warnings == ()
    assert journey.capture(repository / "dir").warnings == ()
    (warning,) = journey.capture(repository / "build").warnings
    assert warning == "Nothing in build travels: it is empty, or git ignores it."
    with pytest.raises(CaptureError, match=r"git ignores build/x.py"):
        journey.capture(repository / "build" / "x.py")
    alone = capture(repository / "build" / "x.py", journey.snapshots, alone=True)
    assert files_in(journey.lay_out(journey.deliver(alone))) == {b"x.py": ("file", b"x\n")}
