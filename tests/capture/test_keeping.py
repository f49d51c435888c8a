"""Neither end's store grows for ever, and neither forgets what is needed."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from clearq_tui.capture import CaptureError, forget_snapshots
from remote_agent.workspace import known_commits, sweep_cache
from tests.capture.journey import Journey, assert_same, commit_all, files_in, git, new_repository

DAY = 24 * 3600


@pytest.fixture
def journey(tmp_path: Path) -> Journey:
    return Journey(tmp_path / "elsewhere")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    place = new_repository(tmp_path / "project")
    (place / "a").write_text("a\n")
    commit_all(place)
    return place


def size_of(directory: Path) -> int:
    return sum(file.stat().st_size for file in directory.rglob("*") if file.is_file())


def test_snapshots_that_are_needed_or_young_stay(repository: Path, journey: Journey) -> None:
    (repository / "big").write_bytes(os.urandom(200_000))
    forgotten = journey.capture(repository)
    (repository / "big").write_bytes(os.urandom(200_000))
    needed = journey.capture(repository)
    expected = files_in(repository)
    assert forget_snapshots(journey.snapshots, [needed]) == 0
    later = time.time() + 2 * DAY
    before = size_of(journey.snapshots)
    assert forget_snapshots(journey.snapshots, [needed], lambda: later) == 1
    assert size_of(journey.snapshots) < before - 190_000
    assert files_in(journey.lay_out(journey.deliver(needed))) == expected
    with pytest.raises(CaptureError, match="no longer in"):
        journey.deliver(forgotten)


def test_forgotten_bytes_are_stored_again(
    repository: Path, journey: Journey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clearq_tui.capture.file_hashes._RACY", -DAY * 10**9)
    (repository / "untracked").write_text("untracked\n")
    journey.capture(repository)
    assert forget_snapshots(journey.snapshots, [], lambda: time.time() + 2 * DAY) == 1
    assert_same(repository, journey.travel(repository))


def test_what_a_killed_capture_left_goes(repository: Path, journey: Journey) -> None:
    journey.capture(repository)
    (store,) = journey.snapshots.glob("*.git")
    (store / "incoming-left").mkdir()
    forget_snapshots(journey.snapshots, [])
    assert (store / "incoming-left").exists()
    forget_snapshots(journey.snapshots, [], lambda: time.time() + 2 * DAY)
    assert not (store / "incoming-left").exists()


def test_a_partial_clones_snapshots(repository: Path, journey: Journey, tmp_path: Path) -> None:
    git(repository, "config", "uploadpack.allowFilter", "true")
    url = f"file://{repository}"
    git(tmp_path, "clone", "--quiet", "--filter=blob:none", "--no-checkout", url, "partial")
    place = tmp_path / "partial"
    journey.capture(place)
    (place / "b").write_text("b\n")
    needed = journey.capture(place)
    assert forget_snapshots(journey.snapshots, [needed], lambda: time.time() + 2 * DAY) == 1
    arrived = journey.lay_out(journey.deliver(needed))
    assert files_in(arrived) == {b"b": ("file", b"b\n")}
    sweep_cache(os.fspath(journey.cache), 10**9, journey.log.append)


def test_a_cache_within_its_budget_stays(repository: Path, journey: Journey) -> None:
    journey.travel(repository)
    before = known_commits(os.fspath(journey.cache))
    sweep_cache(os.fspath(journey.cache), 10**9, pytest.fail)
    assert known_commits(os.fspath(journey.cache)) == before


def test_the_cache_forgets_what_was_used_longest_ago(
    repository: Path, journey: Journey, tmp_path: Path
) -> None:
    other = new_repository(tmp_path / "other")
    for place in (repository, other):
        (place / "big").write_bytes(os.urandom(100_000))
        journey.travel(place)
    arrived = journey.travel(repository)
    sweep_cache(os.fspath(journey.cache), 150_000, journey.log.append)
    left = known_commits(os.fspath(journey.cache))
    assert list(left) == [journey.capture(repository).root.key]
    assert "Forgot the cached code" in journey.log[-1]
    assert_same(repository, arrived)
    assert_same(other, journey.travel(other))


def test_many_packs_become_one(repository: Path, journey: Journey) -> None:
    for number in range(52):
        (repository / "a").write_text(f"{number}\n")
        journey.travel(repository)
    packs = [*journey.cache.glob("git/*/objects/pack/*.pack")]
    assert len(packs) == 52
    (packs[0].parent / "tmp_pack_left").write_text("x")
    os.utime(packs[0].parent / "tmp_pack_left", (1, 1))
    sweep_cache(os.fspath(journey.cache), 10**9, pytest.fail)
    assert len([*packs[0].parent.iterdir()]) <= 3
    (repository / "a").write_text("after\n")
    delivery = journey.deliver(journey.capture(repository))
    assert delivery.pieces[0].requires
    assert_same(repository, journey.lay_out(delivery))
