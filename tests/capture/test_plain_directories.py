"""Code that is under no version control."""

from __future__ import annotations

from pathlib import Path

import pytest

from clearq_tui.capture import CaptureError, capture
from clearq_tui.capture.warnings import size_warnings
from tests.capture.journey import Journey, assert_same, commit_all, files_in, git, new_repository


@pytest.fixture
def journey(tmp_path: Path) -> Journey:
    return Journey(tmp_path / "elsewhere")


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    place = tmp_path / "plain"
    (place / "pkg").mkdir(parents=True)
    (place / "main.py").write_text("main\r\n")
    (place / "pkg" / "run").write_text("#!/bin/sh\n")
    (place / "pkg" / "run").chmod(0o755)
    (place / "link").symlink_to("pkg/run")
    return place


def test_a_directory(directory: Path, journey: Journey) -> None:
    snapshot = journey.capture(directory)
    assert snapshot.root.index is None
    assert snapshot.counts.untracked == 3
    arrived = journey.lay_out(journey.deliver(snapshot))
    assert files_in(arrived) == files_in(directory)
    assert not (arrived / ".git").exists()
    assert not (directory / ".git").exists()
    (directory / "main.py").write_text("edited\n")
    assert files_in(journey.travel(directory)) == files_in(directory)
    assert files_in(journey.travel_as_archive(directory)) == files_in(directory)


def test_its_gitignore_is_heeded(directory: Path, journey: Journey) -> None:
    (directory / ".gitignore").write_text("*.pt\n")
    (directory / "weights.pt").write_text("x\n")
    arrived = journey.travel(directory)
    assert not (arrived / "weights.pt").exists()
    assert (arrived / "main.py").exists()


def test_repositories_inside(directory: Path, journey: Journey) -> None:
    inner = new_repository(directory / "inner")
    (inner / "a").write_text("a\n")
    commit_all(inner)
    arrived = journey.travel(directory)
    assert files_in(arrived) == files_in(directory)
    assert_same(inner, arrived / "inner")


def test_one_script(directory: Path, journey: Journey) -> None:
    arrived = journey.travel(directory / "main.py")
    assert files_in(arrived) == {b"main.py": ("file", b"main\r\n")}
    program = journey.travel(directory / "pkg" / "run")
    assert files_in(program) == {b"run": ("program", b"#!/bin/sh\n")}


def test_one_script_of_a_repository_when_asked(tmp_path: Path, journey: Journey) -> None:
    place = new_repository(tmp_path / "project")
    (place / "a.py").write_text("a\n")
    (place / "b.py").write_text("b\n")
    commit_all(place)
    snapshot = capture(place / "a.py", journey.snapshots, alone=True)
    arrived = journey.lay_out(journey.deliver(snapshot))
    assert files_in(arrived) == {b"a.py": ("file", b"a\n")}
    assert git(place, "status", "--porcelain") == b""


def test_what_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match=r"nowhere does not exist"):
        capture(tmp_path / "nowhere", tmp_path / "snapshots")


def test_a_directory_that_cannot_be_meant(
    directory: Path, journey: Journey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clearq_tui.capture.take._MOST_PLAIN_FILES", 2)
    with pytest.raises(CaptureError, match=r"holds 3 files, more than 2"):
        journey.capture(directory)


def test_large_untracked_files_are_named(directory: Path, journey: Journey) -> None:
    with (directory / "big\x1b[31m.bin").open("wb") as file:
        file.truncate(33 * 1024 * 1024)
    (warning,) = journey.capture(directory).warnings
    assert "33.0 MiB" in warning
    assert "\x1b" not in warning
    assert r"big\x1b[31m.bin" in warning


def test_many_untracked_files_are_summed_up() -> None:
    sizes = {f"part-{number}": 30 * 1024 * 1024 for number in range(10)}
    assert size_warnings(sizes) == ("Untracked files come to 300.0 MiB in all (10 files).",)
    assert size_warnings({"small": 10}) == ()
    named = size_warnings({f"large-{number}": 40 * 1024 * 1024 for number in range(15)})
    assert len(named) == 12
    assert named[10] == "5 more large untracked files hold 200.0 MiB."
