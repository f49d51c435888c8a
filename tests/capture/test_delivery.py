"""Only what a machine lacks is sent, and what it has is relied on only while it is there."""

from __future__ import annotations

import fcntl
import hashlib
import os
import random
import shutil
import stat
import threading
from pathlib import Path

import pytest

from clearq_tui.capture import CaptureError, capture, deliver
from remote_agent.workspace import WorkspaceError, known_commits
from tests.capture.journey import Journey, assert_same, commit_all, files_in, git, new_repository


@pytest.fixture
def journey(tmp_path: Path) -> Journey:
    return Journey(tmp_path / "elsewhere")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    place = new_repository(tmp_path / "project")
    (place / "a.py").write_text("a\n")
    commit_all(place)
    return place


def random_bytes(size: int) -> bytes:
    return random.Random(7).randbytes(size)


@pytest.mark.parametrize("tracked", [True, False])
def test_a_small_edit_costs_little(repository: Path, journey: Journey, tracked: bool) -> None:
    big = random_bytes(5_000_000)
    (repository / "big.bin").write_bytes(big)
    if tracked:
        commit_all(repository)
    journey.travel(repository)
    (repository / "a.py").write_text("edited\n")
    delivery = journey.deliver(journey.capture(repository))
    assert sum(blob.size for blob in delivery.blobs) < 2_000
    assert_same(repository, journey.lay_out(delivery))
    (repository / "big.bin").write_bytes(big[:1000] + b"edited inside" + big[1000:])
    delivery = journey.deliver(journey.capture(repository))
    assert sum(blob.size for blob in delivery.blobs) < 20_000
    assert_same(repository, journey.lay_out(delivery))
    commit_all(repository)
    delivery = journey.deliver(journey.capture(repository))
    assert sum(blob.size for blob in delivery.blobs) < 20_000
    assert_same(repository, journey.lay_out(delivery))


def test_nothing_is_sent_twice(repository: Path, journey: Journey) -> None:
    journey.travel(repository)
    delivery = journey.deliver(journey.capture(repository))
    assert delivery.blobs == ()
    assert_same(repository, journey.lay_out(delivery))


def test_blobs_are_what_their_names_say_and_private(repository: Path, journey: Journey) -> None:
    for blob in journey.deliver(journey.capture(repository)).blobs:
        file = journey.blobs / blob.sha256
        assert hashlib.sha256(file.read_bytes()).hexdigest() == blob.sha256
        assert file.stat().st_size == blob.size
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [file.name for file in journey.blobs.iterdir() if file.name.startswith(".")] == []
    assert stat.S_IMODE(journey.snapshots.stat().st_mode) == 0o700


def test_git_itself_accepts_the_bundle(repository: Path, journey: Journey) -> None:
    snapshot = journey.capture(repository)
    (blob,) = journey.deliver(snapshot).blobs
    listed = git(repository, "bundle", "list-heads", os.fspath(journey.blobs / blob.sha256))
    assert listed.split()[0].decode() == snapshot.root.worktree


def test_an_archive_has_the_same_bytes_each_time(repository: Path, journey: Journey) -> None:
    first = journey.travel_as_archive(repository)
    names = {file.name for file in journey.blobs.iterdir()}
    os.utime(repository / "a.py", (1, 1))
    second = journey.travel_as_archive(repository)
    assert {file.name for file in journey.blobs.iterdir()} == names
    assert files_in(first) == files_in(second) == files_in(repository)


def test_a_cache_that_lost_the_base_says_so(repository: Path, journey: Journey) -> None:
    journey.travel(repository)
    (repository / "a.py").write_text("edited\n")
    snapshot = journey.capture(repository)
    delivery = journey.deliver(snapshot)
    shutil.rmtree(journey.cache)
    with pytest.raises(WorkspaceError, match="sent again, whole") as caught:
        journey.lay_out(delivery)
    assert caught.value.lacks_base
    assert_same(repository, journey.lay_out(journey.deliver(snapshot)))


def test_what_the_machine_claims_to_have_need_not_be_true(
    repository: Path, journey: Journey
) -> None:
    snapshot = journey.capture(repository)
    known = {snapshot.root.key: ["f" * 40, "--output=/tmp/x", "HEAD"], "other": ["0" * 40]}
    delivery = deliver(snapshot, journey.snapshots, known, journey.blobs)
    assert_same(repository, journey.lay_out(delivery))


def test_a_workspace_outlives_the_cache(repository: Path, journey: Journey) -> None:
    (repository / "a.py").write_text("edited\n")
    arrived = journey.travel(repository)
    shutil.rmtree(journey.cache)
    assert_same(repository, arrived)
    git(arrived, "fsck", "--no-dangling")


def test_two_tasks_at_once_share_the_cache(repository: Path, journey: Journey) -> None:
    delivery = journey.deliver(journey.capture(repository))
    problems: list[BaseException] = []

    def one(number: int) -> None:
        own = Journey(journey.base, trips=number * 10)
        try:
            assert files_in(own.lay_out(delivery)) == files_in(repository)
        except BaseException as problem:  # noqa: BLE001 - shown by the assertion below
            problems.append(problem)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []


def test_nobody_touches_a_repository_of_the_cache_that_is_locked(
    repository: Path, journey: Journey
) -> None:
    delivery = journey.deliver(journey.capture(repository))
    (journey.cache / "git").mkdir(parents=True)
    key = delivery.pieces[0].repository.key
    with (journey.cache / "git" / f"{key}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        other = threading.Thread(target=journey.lay_out, args=(delivery,))
        other.start()
        other.join(0.3)
        assert other.is_alive()
        assert not (journey.cache / "git" / f"{key}.git").exists()
    other.join(40)
    assert_same(repository, journey.base / "workspace-1")


def test_two_captures_at_once_share_the_store(repository: Path, journey: Journey) -> None:
    snapshots = []

    def one() -> None:
        snapshots.append(journey.capture(repository))

    threads = [threading.Thread(target=one) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(snapshots) == 6
    assert len(set(snapshots)) == 1
    assert_same(repository, journey.lay_out(journey.deliver(snapshots[0])))


def test_a_snapshot_that_is_gone_is_named(repository: Path, journey: Journey) -> None:
    snapshot = journey.capture(repository)
    shutil.rmtree(journey.snapshots)
    with pytest.raises(CaptureError, match="capture the working tree again"):
        journey.deliver(snapshot)


def test_known_commits_are_the_newest_few(repository: Path, journey: Journey) -> None:
    assert known_commits(os.fspath(journey.cache)) == {}
    sent = []
    for number in range(12):
        (repository / "a.py").write_text(f"{number}\n")
        sent.append(journey.capture(repository))
        journey.lay_out(journey.deliver(sent[-1]))
    known = known_commits(os.fspath(journey.cache))[sent[-1].root.key]
    assert known[0] == sent[-1].root.worktree
    assert len(known) == 8


def test_a_broken_bundle_leaves_the_cache_usable(repository: Path, journey: Journey) -> None:
    delivery = journey.deliver(journey.capture(repository))
    (blob,) = delivery.blobs
    whole = (journey.blobs / blob.sha256).read_bytes()
    (journey.blobs / blob.sha256).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(WorkspaceError, match="git bundle"):
        journey.lay_out(delivery)
    (journey.blobs / blob.sha256).write_bytes(whole)
    assert_same(repository, journey.lay_out(delivery))


def test_a_place_that_cannot_be_written_is_said(
    repository: Path, journey: Journey, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CaptureError, match="could not be captured"):
        capture(repository, tmp_path / "file" / "snapshots")
    snapshot = journey.capture(repository)
    with pytest.raises(CaptureError, match="could not be made ready"):
        deliver(snapshot, journey.snapshots, {}, tmp_path / "file" / "blobs")
