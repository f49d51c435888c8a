"""What goes wrong is said in one sentence, and leaves nothing half done behind."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.python_environments.index import Index
from tests.python_environments.machine import Machine, machine_of
from tests.python_environments.wheels import Package, sealed

both_tools = pytest.mark.parametrize("tool", ["uv", "pip"])
RESOLVING = "packages: the packages cannot be resolved: "
INSTALLING = "packages: the packages cannot be installed: "


@pytest.mark.parametrize(
    ("tool", "line", "named"),
    [
        ("uv", "nosuch", "nosuch"),
        ("uv", "beta>=9", "beta>=9"),
        ("uv", "be ta", "be ta"),
        ("uv", "winning", "winning"),
        ("pip", "nosuch", "nosuch"),
        ("pip", "winning", "winning"),
    ],
)
def test_what_cannot_be_resolved(machine: Machine, line: str, named: str) -> None:
    Package("winning", tag="cp39-cp39-win_amd64").wheel(machine.index.files)
    machine.python("1.1", "", lines=["gamma", line])
    reason = machine.failure("1.1")
    assert reason.startswith(RESOLVING)
    assert named in reason
    assert "network" not in reason
    assert named in machine.forker.log("1.1")


def test_an_index_that_cannot_be_reached(machine: Machine) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and nobody listens
        address = f"http://127.0.0.1:{taken.getsockname()[1]}/simple"
        variables = {"PIP_INDEX_URL": address}
        machine.python("1.1", "", lines=["beta"], environment=variables, machine="trainer")
        reason = machine.failure("1.1")
        assert address in reason
        assert reason.endswith("clearq machine set trainer --network via-laptop.")


@both_tools
def test_another_content_than_the_hash_says(machine: Machine) -> None:
    line = f"beta==1.0 --hash=sha256:{'1' * 64}"
    machine.python("1.1", "", lines=[line], locked=True)
    reason = machine.failure("1.1")
    assert reason.startswith(INSTALLING)
    assert "beta==1.0" in reason
    assert "1" * 64 in reason
    assert machine.environments() == []
    assert machine.leftovers() == []


@pytest.mark.parametrize(
    ("tool", "brought"),
    [
        ("uv", "nothing"),
        ("uv", "of another system"),
        ("uv", "with another content"),
        ("pip", "of another system"),
    ],
)
def test_what_the_laptop_brought_in_vain(machine: Machine, tmp_path: Path, brought: str) -> None:
    tag = "cp39-cp39-win_amd64" if brought == "of another system" else "py3-none-any"
    wheel = Package("delta", tag=tag).wheel(tmp_path / "brought")
    line = sealed(wheel).replace("sha256:", "sha256:0") if brought[:4] == "with" else sealed(wheel)
    line = line if brought[:4] != "with" else line[:-1]
    wheels = machine.wheels([wheel]) if brought != "nothing" else []
    machine.python("1.1", "", lines=[line], locked=True, wheels=wheels, offline=True)
    reason = machine.failure("1.1")
    assert reason.startswith(INSTALLING)
    assert "delta" in reason
    assert "network" not in reason
    assert machine.index.asked == {}


def test_a_wheel_that_has_not_arrived(machine: Machine, tmp_path: Path) -> None:
    wheel = Package("delta").wheel(tmp_path / "brought")
    (brought,) = machine.wheels([wheel])
    (Path(machine.forker.layout.kept) / brought["sha256"]).unlink()
    machine.python("1.1", "", lines=[sealed(wheel)], locked=True, wheels=[brought], offline=True)
    assert machine.failure("1.1") == (
        "packages: the file delta-1.0-py3-none-any.whl has not arrived on this machine; "
        "run the task again."
    )


@both_tools
def test_a_source_that_cannot_be_built(machine: Machine) -> None:
    Package("broken").source(machine.index.files, before="raise ValueError('no compiler here')")
    machine.python("1.1", "", lines=["broken"])
    reason = machine.failure("1.1")
    assert "ValueError: no compiler here" in reason
    assert "Traceback" in machine.forker.log("1.1")
    assert machine.leftovers() == []


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("lines", "alpha", "lines have 'alpha'; expected a list"),
        ("lines", [3], "lines have 3; expected texts"),
        ("projects", [{}], "projects have {}; expected objects with a path"),
        ("wheels", [{"name": "../x", "sha256": "0" * 64}], "expected objects with a file's name"),
        ("projects", [{"path": "../.."}], "the project ../.. leads out of the code"),
        ("projects", [{"path": "nowhere"}], "the project nowhere is not in the code"),
    ],
)
def test_a_spec_that_makes_no_sense(
    machine: Machine, field: str, value: object, expected: str
) -> None:
    machine.python("1.1", "", **{field: value})
    assert expected in machine.failure("1.1")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of a few megabytes."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=12m", "clearq-test", str(place)]
    if os.getuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("a small disk can be mounted only by root")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.mark.needs_root
def test_a_disk_that_is_full_in_the_middle(small_disk: Path, python: str, index: Index) -> None:
    large = Package("large", files={f"large/data{n}.txt": "x" * 900_000 for n in range(20)})
    large.wheel(index.files)
    with machine_of(python, small_disk / "root", index) as machine:
        machine.run("1.1", "import gamma", lines=["gamma"])
        for attempt in (1, 2):
            machine.python(f"2.{attempt}", "", lines=["large"])
            reason = machine.failure(f"2.{attempt}")
            assert reason.startswith("packages: ")
            assert "No space left on device" in reason
            assert "make room" in reason
            assert len(machine.environments()) == 1
        machine.run("3.1", "import beta", lines=["beta"])
        assert machine.leftovers() == []
