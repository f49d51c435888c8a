"""Capture is on the path of every enqueue: what it may cost, counted rather than timed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from clearq_tui.capture.file_hashes import FileHashes, HashMemory
from tests.capture.journey import Journey, commit_all, new_repository


def test_few_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """rev-parse, config, ls-files, diff-index, fast-import, pack-objects; the last if needed."""
    place = new_repository(tmp_path / "project")
    (place / "a").write_text("a\n")
    commit_all(place)
    log, real = tmp_path / "log", shutil.which("git")
    wrapper = tmp_path / "bin" / "git"
    wrapper.parent.mkdir()
    wrapper.write_text(f"#!/bin/sh\necho x >> '{log}'\nexec '{real}' \"$@\"\n")
    wrapper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{wrapper.parent}{os.pathsep}{os.environ['PATH']}")
    journey = Journey(tmp_path / "elsewhere")
    journey.capture(place)
    assert log.read_text().count("x") == 6
    log.unlink()
    journey.capture(place)
    assert log.read_text().count("x") == 5


def test_gitpython_is_not_imported_to_capture(tmp_path: Path) -> None:
    place = new_repository(tmp_path / "project")
    program = (
        "import sys; from pathlib import Path; from clearq_tui.capture import capture;"
        "capture(Path(sys.argv[1]), Path(sys.argv[2]));"
        "assert not {'git', 'gitdb'} & set(sys.modules)"
    )
    arguments = [sys.executable, "-c", program, os.fspath(place), os.fspath(tmp_path / "s")]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def _clock(now: int) -> Callable[[], int]:
    return lambda: now


def test_young_files_are_read_again_next_time(tmp_path: Path) -> None:
    """A file can change again within one tick of the file system's clock."""
    (tmp_path / "a").write_text("a\n")
    changed = (tmp_path / "a").stat().st_ctime_ns
    for age, learnt in ((0.0, False), (1.9, False), (2.1, True)):
        hashes = FileHashes(os.fsencode(tmp_path), "sha1", {}, _clock(changed + int(age * 1e9)))
        hashes.look(b"a")
        assert ("a" in hashes.learnt) is learnt, age


def test_files_that_have_not_changed_are_not_read_again(tmp_path: Path) -> None:
    place = new_repository(tmp_path / "project")
    (place / "a").write_text("a\n")
    os.utime(place / "a", (1, 1))
    commit_all(place)
    journey = Journey(tmp_path / "elsewhere")
    first = journey.capture(place)
    (memory,) = journey.snapshots.glob("*/hashes-*.json")
    # Its ctime is young, and only time can change that: claim it was hashed when it was old.
    status = (place / "a").stat()
    blob = "0123456789" * 4
    values = [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, blob]
    memory.write_text(f'[1, {{"a": {values}}}]'.replace("'", '"'))
    recalled = HashMemory(memory.parent, place).recall()
    found = FileHashes(os.fsencode(place), "sha1", recalled).look(b"a")
    assert found is not None
    assert found.blob == blob
    assert first.counts.untracked == 0
