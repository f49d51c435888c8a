"""Environments in the cache: built once, never half, kept within bounds, and never under a task."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from clearq_tui.conda.packages import CondaPackages
from clearq_tui.paths import Home
from remote_agent.conda_environments import building
from remote_agent.conda_environments.store import MANIFEST
from remote_agent.conda_environments.sweep import KEPT_FOR, Kept, superfluous, sweep_conda
from remote_agent.environments.interface import StepFailed
from remote_agent.housekeeping import remove_half_built
from remote_agent.identity import boot_id
from remote_agent.layout import Layout
from remote_agent.python_environments.keyed_places import USED
from tests.conda.archives import Channel, File, Package
from tests.conda.conftest import DATA, SLOW
from tests.conda.machine import Attempt, Machine, Rattler, brought, environments_in

PATIENCE = 20.0
FORKING = multiprocessing.get_context("fork")


def asking(channel: Channel, *specs: str) -> dict[str, object]:
    return CondaPackages("environment.yml", (channel.url,), False, specs).to_json()


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def in_cache(layout: Layout, name: str) -> Path:
    return Path(layout.cache, "conda", "environments", name)


class Elsewhere:
    """Processes that set environments up, each in a session of its own as a preparation is."""

    def __init__(self) -> None:
        self._started: list[multiprocessing.process.BaseProcess] = []

    def obtain(self, attempt: Attempt) -> multiprocessing.process.BaseProcess:
        """Have the attempt's environment there."""

        def obtain() -> None:
            os.setsid()
            attempt.obtain()

        process = FORKING.Process(target=obtain)
        process.start()
        self._started.append(process)
        return process

    def end(self) -> None:
        """Kill whatever is left of them."""
        for process in self._started:
            assert process.pid is not None
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.join(PATIENCE)


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    made = Elsewhere()
    yield made
    made.end()


def test_two_tasks_at_once_build_once(
    channel: Channel, home: Home, machine: Machine, elsewhere: Elsewhere
) -> None:
    channel.add(SLOW)
    packages = brought(home, asking(channel, "slow"))
    one, two = (machine.attempt(packages, home=home) for _ in range(2))
    first = elsewhere.obtain(one)
    wait_for(in_cache(machine.layout, "waiting").exists)
    second = elsewhere.obtain(two)
    wait_for(lambda: any("Waiting for another task" in text for text in two.said))
    in_cache(machine.layout, "go").touch()
    for process in (first, second):
        process.join(PATIENCE)
        assert process.exitcode == 0
    assert len(environments_in(machine.layout)) == 1


def test_killed_in_mid_build(
    channel: Channel, home: Home, machine: Machine, elsewhere: Elsewhere
) -> None:
    channel.add(SLOW)
    packages = brought(home, asking(channel, "slow", "data"))
    process = elsewhere.obtain(machine.attempt(packages, home=home))
    wait_for(in_cache(machine.layout, "waiting").exists)
    assert process.pid is not None
    os.killpg(process.pid, signal.SIGKILL)
    process.join(PATIENCE)
    (half,) = environments_in(machine.layout)
    assert not (half / MANIFEST).exists()
    (half / "share" / "leftover").write_text("of the first\n")
    in_cache(machine.layout, "go").touch()
    place = Path(machine.attempt(packages, home=home).obtain().place)
    assert place == half
    assert (place / "share" / "slow.txt").read_text() == "here\n"
    assert not (place / "share" / "leftover").exists()


def test_a_builder_that_outlives_its_task_keeps_the_lock(
    channel: Channel, home: Home, machine: Machine, elsewhere: Elsewhere
) -> None:
    """Else two would write into the same place."""
    channel.add(SLOW)
    packages = brought(home, asking(channel, "slow"))
    process = elsewhere.obtain(machine.attempt(packages, home=home))
    wait_for(in_cache(machine.layout, "waiting").exists)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join(PATIENCE)
    heir = machine.attempt(packages, home=home)
    second = elsewhere.obtain(heir)
    wait_for(lambda: any("Waiting for another task" in text for text in heir.said))
    in_cache(machine.layout, "waiting").unlink()
    in_cache(machine.layout, "go").touch()
    second.join(PATIENCE)
    assert second.exitcode == 0
    assert (environments_in(machine.layout)[0] / MANIFEST).exists()


def test_one_without_a_manifest_is_not_used(channel: Channel, home: Home, machine: Machine) -> None:
    packages = brought(home, asking(channel, "data"))
    first = machine.attempt(packages, home=home)
    place = Path(first.obtain().place)
    place.chmod(0o700)
    (place / MANIFEST).unlink()
    (place / "share").chmod(0o700)
    (place / "share" / "data.txt").unlink()
    first.discard()
    assert machine.attempt(packages, home=home).obtain().place == str(place)
    assert (place / "share" / "data.txt").exists()


def test_one_that_was_changed_is_built_anew(channel: Channel, home: Home, machine: Machine) -> None:
    packages = brought(home, asking(channel, "data"))
    first = machine.attempt(packages, home=home)
    place = Path(first.obtain().place)
    (place / "share").chmod(0o700)
    (place / "share" / "intruder.txt").write_text("by a task that may do everything\n")
    second = machine.attempt(packages, home=home)
    other = second.obtain().place
    assert other == f"{place}-2"  # the first attempt still stands on the other one
    assert not Path(other, "share", "intruder.txt").exists()
    first.discard()
    second.discard()
    assert machine.attempt(packages, home=home).obtain().place == str(place)
    assert not (place / "share" / "intruder.txt").exists()


def test_one_that_a_power_cut_damaged(channel: Channel, home: Home, machine: Machine) -> None:
    packages = brought(home, asking(channel, "data"))
    first = machine.attempt(packages, home=home)
    place = Path(first.obtain().place)
    first.discard()
    before = (place / "share").stat()
    for path in (place / "share", place / "share" / "data.txt"):
        path.chmod(0o700)
    data = place / "share" / "data.txt"
    data.unlink()
    data.write_bytes(b"")
    os.utime(place / "share", ns=(before.st_atime_ns, before.st_mtime_ns))
    Path(f"{place}{USED}").write_text("another boot")
    assert machine.attempt(packages, home=home).obtain().place == str(place)
    assert data.read_bytes() == b"first\n"


def test_the_sweep(channel: Channel, home: Home, machine: Machine) -> None:
    idle = machine.attempt(brought(home, asking(channel, "data")), home=home)
    busy = machine.attempt(brought(home, asking(channel, "tool")), home=home)
    gone, stays = (Path(attempt.obtain().place) for attempt in (idle, busy))
    idle.discard()
    said: list[str] = []
    later = time.time() + KEPT_FOR + 60
    sweep_conda(machine.layout, boot_id(), later, said.append)
    assert environments_in(machine.layout) == [stays]
    assert said == [f"Removed the conda environment {gone.name[:12]} from the cache."]
    assert not list(gone.parent.glob(f"{gone.name}*"))
    unpacked = Path(machine.layout.cache, "conda", "packages", "rattler")
    assert {path.name for path in unpacked.iterdir() if path.is_dir()} >= {DATA.stem, "tool-1.0-0"}
    busy.discard()
    sweep_conda(machine.layout, boot_id(), later, said.append)
    assert environments_in(machine.layout) == []
    assert [path.name for path in unpacked.iterdir() if path.is_dir()] == []
    assert machine.attempt(brought(home, asking(channel, "data")), home=home).obtain()


def test_a_sweep_leaves_what_is_being_built(
    channel: Channel, home: Home, machine: Machine, elsewhere: Elsewhere
) -> None:
    channel.add(SLOW)
    packages = brought(home, asking(channel, "slow"))
    process = elsewhere.obtain(machine.attempt(packages, home=home))
    wait_for(in_cache(machine.layout, "waiting").exists)
    sweep_conda(machine.layout, boot_id(), time.time() + 2 * KEPT_FOR, lambda _text: None)
    in_cache(machine.layout, "go").touch()
    process.join(PATIENCE)
    assert process.exitcode == 0
    assert len(environments_in(machine.layout)) == 1


def test_what_a_killed_build_left_is_removed(
    channel: Channel, home: Home, machine: Machine, elsewhere: Elsewhere
) -> None:
    channel.add(SLOW)
    whole = machine.attempt(brought(home, asking(channel, "data")), home=home).obtain().place
    packages = brought(home, asking(channel, "slow"))
    process = elsewhere.obtain(machine.attempt(packages, home=home))
    wait_for(in_cache(machine.layout, "waiting").exists)
    remove_half_built(machine.layout)
    assert len(environments_in(machine.layout)) == 2  # it is still at work
    elsewhere.end()
    assert process.exitcode is not None

    def is_gone() -> bool:
        remove_half_built(machine.layout)
        return len(environments_in(machine.layout)) == 1

    wait_for(is_gone)  # the lock goes with the last process of the build
    assert environments_in(machine.layout) == [Path(whole)]


def test_a_failed_build_leaves_nothing(
    channel: Channel, home: Home, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_given: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(building, "_name_real_origins", fails)
    attempt = machine.attempt(brought(home, asking(channel, "data")), home=home)
    with pytest.raises(OSError, match="No space"):
        attempt.obtain()
    assert environments_in(machine.layout) == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of a few megabytes."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "clearq-test", str(place)]
    if os.getuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("a small disk can be mounted only by root")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.mark.needs_root
def test_a_disk_that_is_full_in_mid_build(
    served: str, channel: Channel, home: Home, small_disk: Path, rattler: Rattler
) -> None:
    large = Package("large", "1.0", {"share/large.bin": File(os.urandom(8 << 20))}, ["data"])
    channel.add(large)
    asked = CondaPackages("environment.yml", (served,), False, ("large",)).to_json()
    packages = brought(home, asked, offline=False)
    machine = Machine(small_disk / "machine", rattler, brings_rattler=False)
    with pytest.raises(StepFailed, match="No space left on device"):
        machine.attempt(packages).obtain()
    assert environments_in(machine.layout) == []
    subprocess.run(["mount", "-o", "remount,size=100m", str(small_disk)], check=True)
    place = Path(machine.attempt(packages).obtain().place)
    assert (place / "share" / "large.bin").stat().st_size == 8 << 20


def test_what_is_superfluous() -> None:
    day = 86400.0
    now = 100 * day
    kept = [
        Kept("new", 60, now),
        Kept("half", 0, now),
        Kept("middle", 50, now - day),
        Kept("small", 30, now - 2 * day),
        Kept("old", 1, now - 31 * day),
    ]
    assert superfluous(kept, now, 100) == ["half", "middle", "old"]
    assert superfluous(kept, now, 1000) == ["half", "old"]
