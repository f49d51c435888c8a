"""Packages that cannot be had, all wanted at once: each task fails with a sentence of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.environments.yard import Yard
from tests.python_environments.wheels import Package

FALSE_HASH = "ab" * 32


def lacks_something(yard: Yard, _place: Path) -> int:
    Package("rlacks", requires=["rmissing>=2"]).wheel(yard.index.directory)
    return yard.enqueue("rlacks")


def contradicts_itself(yard: Yard, _place: Path) -> int:
    for version in ("1.0", "2.0"):
        Package("rcommon", version).wheel(yard.index.directory)
    Package("rold", requires=["rcommon<2"]).wheel(yard.index.directory)
    Package("rnew", requires=["rcommon>=2"]).wheel(yard.index.directory)
    return yard.enqueue("rold", "--package", "rnew")


def is_for_another_system(yard: Yard, _place: Path) -> int:
    Package("rwindows", tag="cp311-cp311-win_amd64").wheel(yard.index.directory)
    return yard.enqueue("rwindows")


def is_not_what_the_index_says(yard: Yard, _place: Path) -> int:
    wheel = Package("rlied").wheel(yard.index.directory)
    yard.index.claimed_hashes[wheel.name] = FALSE_HASH
    return yard.enqueue("rlied")


def is_not_what_the_operator_says(yard: Yard, place: Path) -> int:
    Package("rhash").wheel(yard.index.directory)
    (place / "requirements.txt").write_text(f"rhash==1.0 --hash=sha256:{FALSE_HASH}\n")
    return yard.enqueue("rhash", "--requirements", str(place / "requirements.txt"))


def cannot_be_built(yard: Yard, _place: Path) -> int:
    Package("rsource").source(yard.index.directory, before="raise OSError('no compiler')")
    return yard.enqueue("rsource")


CASES: dict[Callable[[Yard, Path], int], tuple[str, ...]] = {
    lacks_something: ("rmissing", "rlacks"),
    contradicts_itself: ("rold", "rnew", "rcommon"),
    is_for_another_system: ("rwindows", "no wheels with a matching platform tag", "Linux"),
    is_not_what_the_index_says: ("rlied", FALSE_HASH[:12]),
    is_not_what_the_operator_says: ("rhash", "one of the hashes that the task's requirements list"),
    cannot_be_built: ("rsource", "no compiler"),
}


@pytest.fixture(scope="module")
def refused(
    yard: Yard, tmp_path_factory: pytest.TempPathFactory
) -> dict[Callable[[Yard, Path], int], int]:
    """The task of every case."""
    return {case: case(yard, tmp_path_factory.mktemp("case")) for case in CASES}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_what_cannot_be_had(
    yard: Yard,
    refused: dict[Callable[[Yard, Path], int], int],
    case: Callable[[Yard, Path], int],
) -> None:
    reason = yard.reason(refused[case])
    for word in CASES[case]:
        assert word in reason
    assert "fault in clearq" not in reason
    (attempt,) = yard.cluster.show(refused[case])["attempts"]
    assert attempt["started_at"] is None
    assert [(step["name"], step["failed"]) for step in attempt["steps"]] == [("fetch", True)]


def test_nothing_is_left_of_them(
    yard: Yard, refused: dict[Callable[[Yard, Path], int], int]
) -> None:
    for task in refused.values():
        yard.reason(task)
    yard.check_nothing_is_left()


def test_machine_without_a_route_that_is_to_fetch_by_itself(yard: Yard, tmp_path: Path) -> None:
    """The sentence says how to have packages come from the laptop."""
    wanted = tmp_path / "requirements.txt"
    wanted.write_text("--index-url http://198.51.100.1/simple\nrdirect\n")
    set_network = ("machine", "set", yard.machine.name, "--network")
    yard.cluster.laptop.clearq(*set_network, "direct")
    try:
        options = ("--requirements", str(wanted), "--env", "UV_HTTP_RETRIES=0")
        task = yard.enqueue("rdirect", *options)
        reason = yard.reason(task)
    finally:
        yard.cluster.laptop.clearq(*set_network, "auto")
    assert reason.startswith("packages: ")
    assert "198.51.100.1" in reason
    assert reason.endswith(f"clearq {' '.join(set_network)} via-laptop.")
    yard.check_nothing_is_left()
