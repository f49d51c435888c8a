"""Blobs that stay on a machine: each arrives once, and goes when nothing has used it for long."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remote_agent import kept_blobs
from remote_agent.blobs import Shelf
from remote_agent.kept_blobs import KEPT_BYTES, KEPT_FOR, PART, KeptBlob, blob_of, superfluous
from remote_agent.layout import Layout
from remote_agent.records import NeededBlob
from remote_agent.spec import why_invalid
from remote_agent.wire import BlobPiece

WHEEL = NeededBlob(5, keep=True)
DAY = 86400.0


class Clock:
    def __init__(self) -> None:
        self.now = 1e9

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    layout = Layout(str(tmp_path / "root"))
    layout.make_directories()
    return layout


@pytest.fixture
def clock() -> Clock:
    return Clock()


def name_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def keep(shelf: Shelf, data: bytes) -> str:
    sha256 = name_of(data)
    assert shelf.write(BlobPiece(sha256, 0, data), NeededBlob(len(data), keep=True))
    assert shelf.has(sha256)
    return sha256


def lying(directory: str) -> set[str]:
    return {path.name for path in Path(directory).iterdir()}


def test_one_that_is_kept_survives_the_attempts_and_is_found_by_its_name(layout: Layout) -> None:
    shelf = Shelf(layout)
    sha256 = keep(shelf, b"wheel")
    shelf.sweep(())
    assert shelf.has(sha256)
    assert Path(layout.blob(sha256)).read_bytes() == b"wheel"
    assert Path(layout.blob(sha256)).stat().st_mode & 0o777 == 0o600
    assert lying(layout.blobs) == set()
    assert Shelf(layout).has(sha256)
    assert not shelf.write(BlobPiece(sha256, 0, b"wheel"), WHEEL)


def test_others_are_found_by_the_same_question(layout: Layout) -> None:
    shelf, sha256 = Shelf(layout), name_of(b"bundle")
    shelf.write(BlobPiece(sha256, 0, b"bundle"), NeededBlob(6))
    assert Path(layout.blob(sha256)).read_bytes() == b"bundle"
    assert lying(layout.kept) == set()
    shelf.sweep(())
    assert not shelf.has(sha256)


def test_what_has_come_of_one_outlives_the_attempt_that_wanted_it(layout: Layout) -> None:
    shelf, sha256 = Shelf(layout), name_of(b"wheel")
    shelf.write(BlobPiece(sha256, 0, b"whe"), WHEEL)
    shelf.sweep(())
    assert shelf.received(sha256) == 3
    assert not shelf._arriving
    assert shelf.write(BlobPiece(sha256, 3, b"el"), WHEEL)
    assert lying(layout.kept) == {sha256}


@pytest.mark.parametrize("first", [True, False])
def test_a_beginning_is_gone_on_with_whichever_kind_it_was_begun_as(
    layout: Layout, first: bool
) -> None:
    shelf, sha256 = Shelf(layout), name_of(b"wheel")
    shelf.write(BlobPiece(sha256, 0, b"whe"), NeededBlob(5, keep=first))
    shelf = Shelf(layout)
    assert shelf.received(sha256) == 3
    assert shelf.write(BlobPiece(sha256, 3, b"el"), NeededBlob(5, keep=not first))
    assert lying(layout.blobs if first else layout.kept) == {sha256}
    assert lying(layout.kept if first else layout.blobs) == set()


def test_damaged_ones_are_gone(layout: Layout) -> None:
    shelf, sha256 = Shelf(layout), name_of(b"wheel")
    with pytest.raises(Exception, match="arrived damaged"):
        shelf.write(BlobPiece(sha256, 0, b"wh33l"), WHEEL)
    assert lying(layout.kept) == set()
    assert shelf.received(sha256) == 0


def test_one_goes_when_nothing_has_asked_for_it_for_long(layout: Layout, clock: Clock) -> None:
    shelf = Shelf(layout, clock)
    used, unused = keep(shelf, b"used"), keep(shelf, b"unused")
    clock.now += KEPT_FOR - DAY
    assert shelf.has(used)
    clock.now += 2 * DAY
    shelf.sweep(())
    assert lying(layout.kept) == {used}
    clock.now += KEPT_FOR
    shelf.sweep({used})
    assert lying(layout.kept) == {used}
    assert not shelf.has(unused)


def test_beyond_the_room_those_go_that_were_used_longest_ago(
    layout: Layout, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_blobs, "KEPT_BYTES", 10)
    shelf, names = Shelf(layout, clock), []
    for number in range(3):
        names.append(keep(shelf, b"whee%d" % number))
        clock.now += DAY
    assert shelf.has(names[0])
    shelf.sweep(())
    assert lying(layout.kept) == {names[0], names[2]}


def test_looking_for_old_ones_is_not_done_for_each_attempt(layout: Layout, clock: Clock) -> None:
    shelf = Shelf(layout, clock)
    sha256 = keep(shelf, b"wheel")
    shelf.sweep(())
    os.utime(Path(layout.kept) / sha256, (0, 0))
    shelf.sweep(())
    assert lying(layout.kept) == {sha256}
    clock.now += 3600
    shelf.sweep(())
    assert lying(layout.kept) == set()


def test_a_clock_that_was_set_back_leaves_none_young_for_ever(layout: Layout, clock: Clock) -> None:
    shelf = Shelf(layout, clock)
    sha256 = keep(shelf, b"wheel")
    clock.now -= 365 * DAY
    assert shelf.has(sha256)
    clock.now += KEPT_FOR + DAY
    shelf.sweep(())
    assert lying(layout.kept) == set()


_NAMES = st.integers(0, 30).flatmap(
    lambda number: st.sampled_from([f"{number:064x}", f"{number:064x}{PART}"])
)


@given(
    blobs=st.lists(
        st.builds(KeptBlob, _NAMES, st.integers(0, KEPT_BYTES // 2), st.floats(0, 3 * KEPT_FOR)),
        unique_by=lambda blob: blob.name,
    ),
    needed=st.sets(st.integers(0, 30).map(lambda number: f"{number:064x}")),
)
def test_what_goes_is_old_or_too_much_and_never_needed(
    blobs: list[KeptBlob], needed: set[str]
) -> None:
    now = 3 * KEPT_FOR
    going = set(superfluous(blobs, needed, now))
    staying = [blob for blob in blobs if blob.name not in going]
    free = [blob for blob in staying if blob_of(blob.name) not in needed]
    assert not {blob_of(name) for name in going} & needed
    assert all(now - blob.used <= KEPT_FOR for blob in free)
    if free:
        assert sum(blob.size for blob in staying) <= KEPT_BYTES or all(
            sum(other.size for other in staying if other.used >= blob.used) <= KEPT_BYTES
            for blob in free
        )
    if sum(blob.size for blob in blobs) <= KEPT_BYTES:
        assert all(now - blob.used > KEPT_FOR for blob in blobs if blob.name in going)


def test_a_spec_says_which_are_kept() -> None:
    blob = {"sha256": "a" * 64, "size": 1}
    spec = {"command": ["true"], "worker": "w", "mode": "host"}
    assert why_invalid({**spec, "blobs": [{**blob, "keep": True}]}) == ""
    assert "blobs" in why_invalid({**spec, "blobs": [{**blob, "keep": "yes"}]})
