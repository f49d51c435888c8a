"""Attempts on a disk that is full."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from remote_agent import attempts
from tests.agent.forker import Forker
from tests.fleet_of_namespaces.waiting import wait_for

FILL = "head -c 10000000 /dev/zero | cat; echo cut >&2; exit 3"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of a few hundred kilobytes."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=400k", "clearq-test", str(place)]
    if os.getuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("a small disk can be mounted only by root")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.mark.needs_root
def test_a_log_that_fills_the_disk_costs_no_outcome(small_disk: Path) -> None:
    with Forker(sys.executable, small_disk / "root") as forker:
        forker.shell("1.1", FILL)
        assert forker.result("1.1") == ("failed", 3, None, "")
        assert os.statvfs(small_disk).f_bavail == 0


@pytest.mark.needs_root
def test_what_cannot_be_recorded_is_not_started(small_disk: Path) -> None:
    with Forker(sys.executable, small_disk / "root") as forker:
        forker.create("1.1", "/bin/sh", "-c", "echo ran")
        for name in ("output", "workspace"):  # so that the first thing to fail is the record
            (forker.root / "attempts/1.1" / name).mkdir()
        fill(small_disk)
        forker.spawn("1.1")
        outcome, code, _, reason = forker.result("1.1")
        assert (outcome, code) == ("failed", None)
        assert reason == "Its start cannot be recorded: No space left on device."
        assert forker.log("1.1") == ""
        with pytest.raises(OSError, match="No space left"):
            forker.create("1.2", "/bin/true")
        assert attempts.names(forker.layout) == ["1.1"]


@pytest.mark.needs_root
def test_an_abort_is_heard_although_the_wish_cannot_be_written(small_disk: Path) -> None:
    with Forker(sys.executable, small_disk / "root") as forker:
        forker.start("1.1", "/bin/sleep", "1000", grace=0.1)
        forker.wait_for_phase("1.1", "running")
        fill(small_disk)
        with pytest.raises(OSError, match="No space left"):
            attempts.ask_to_end(forker.layout, "1.1", 1000)
        assert forker.result("1.1")[0] == "aborted"


@pytest.mark.needs_root
def test_a_result_waits_for_room(small_disk: Path) -> None:
    with Forker(sys.executable, small_disk / "root") as forker:
        gate = small_disk / "gate"
        gate.touch()
        forker.shell("1.1", f"while [ -e {gate} ]; do sleep 0.01; done; exit 9")
        forker.wait_for_phase("1.1", "running")
        (forker.root / "attempts/1.1/result.json.new").unlink()  # as if the reserve were lost
        fill(small_disk)
        gate.unlink()
        wait_for(lambda: no_command_lives(forker), "the command to end")
        assert forker.phase("1.1") == "running"
        (small_disk / "filling").unlink()
        assert forker.result("1.1") == ("failed", 9, None, "")


def no_command_lives(forker: Forker) -> bool:
    runner = attempts.runner_of(forker.layout, "1.1")
    assert runner is not None
    return not Path(f"/proc/{runner.pid}/task/{runner.pid}/children").read_text()


def fill(disk: Path) -> int:
    """Take all the room that is left; how many bytes that was."""
    file = os.open(disk / "filling", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    written = 0
    try:
        for size in (4096, 1):
            while True:
                try:
                    written += os.write(file, b"x" * size)
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise
                    break
    finally:
        os.close(file)
    return written
