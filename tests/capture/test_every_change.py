"""A table of what may have been done to files: each alone, in pairs, and all of them at once.

Byte for byte, mode for mode, link for link, and git's own view of it: what is staged, what is not.
"""

from __future__ import annotations

import contextlib
from itertools import pairwise
from pathlib import Path

import pytest

from tests.capture.changes import CHANGES, Change, lay_base
from tests.capture.journey import Journey, assert_same, commit_all, new_repository

PAIRS = list(pairwise((*CHANGES, CHANGES[0])))


def arrives(tmp_path: Path, changes: tuple[Change, ...]) -> None:
    """Make the changes, each in its directory, and compare both ends."""
    repository = new_repository(tmp_path / "project")
    for change in changes:
        lay_base(repository / change.__name__)
    commit_all(repository)
    for change in changes:
        change(repository / change.__name__)
    compare(repository, tmp_path)


def compare(repository: Path, tmp_path: Path) -> None:
    """What git ignores stays at home; all else must be the same."""
    arrived = Journey(tmp_path / "elsewhere").travel(repository)
    for ignored in repository.glob("*/left.log"):
        ignored.unlink()
    assert_same(repository, arrived)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_alone(tmp_path: Path, change: Change) -> None:
    arrives(tmp_path, (change,))


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair[0].__name__}+{pair[1].__name__}")
def test_in_one_directory_one_after_the_other(tmp_path: Path, pair: tuple[Change, Change]) -> None:
    """Where the second cannot follow the first, the pair says nothing."""
    repository = new_repository(tmp_path / "project")
    place = repository / "both"
    lay_base(place)
    commit_all(repository)
    pair[0](place)
    with contextlib.suppress(OSError, AssertionError):
        pair[1](place)  # half of it may be done, which is a state as good as any
    compare(repository, tmp_path)


def test_all_at_once(tmp_path: Path) -> None:
    arrives(tmp_path, CHANGES)
