"""Files that become blobs which machines keep, and how long the laptop keeps them."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from clearq_tui.paths import Home
from clearq_tui.provisioning import keep_as_blob, kept_blobs
from clearq_tui.provisioning.kept_blobs import (
    KEPT_FOR,
    is_at_hand,
    marks_of,
    names_of_kept_blobs,
    sweep_kept_blobs,
)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.create()
    return home


def lying(home: Home) -> set[str]:
    return {path.name for path in home.blobs.iterdir()}


def aged(home: Home, sha256: str, days: float, now: float) -> None:
    os.utime(marks_of(home) / sha256, (now - days * 86400, now - days * 86400))


@pytest.mark.parametrize("place", ["home", "elsewhere"])
def test_a_file_becomes_a_blob_named_by_its_hash(home: Home, tmp_path: Path, place: str) -> None:
    file = (home.root if place == "home" else tmp_path) / "a.whl"
    file.write_bytes(b"wheel")
    file.chmod(0o644)
    blob = keep_as_blob(file, home)
    assert blob == {"sha256": hashlib.sha256(b"wheel").hexdigest(), "size": 5, "keep": True}
    there = home.blobs / blob["sha256"]
    assert there.read_bytes() == b"wheel"
    assert there.stat().st_mode & 0o777 == 0o600
    assert there.samefile(file) == (place == "home")
    assert lying(home) == {blob["sha256"]}
    assert keep_as_blob(file, home) == blob
    assert is_at_hand(blob, home)
    if place == "elsewhere":
        assert file.stat().st_mode & 0o777 == 0o644


def test_a_blob_of_another_size_is_made_anew(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"whole")
    blob = keep_as_blob(file, home)
    (home.blobs / blob["sha256"]).write_bytes(b"who")
    assert not is_at_hand(blob, home)
    keep_as_blob(file, home)
    assert (home.blobs / blob["sha256"]).read_bytes() == b"whole"


@pytest.mark.parametrize("record", [None, [], {}, {"sha256": "", "size": 0}, {"sha256": 7}])
def test_a_damaged_record_names_no_blob(home: Home, record: object) -> None:
    assert not is_at_hand(record, home)


def test_what_was_not_wanted_for_long_goes_and_what_a_lease_needs_stays(
    home: Home, tmp_path: Path
) -> None:
    now, blobs = 1e9, []
    for name, days in (("new", 1.0), ("old", 31.0), ("needed", 31.0)):
        (tmp_path / name).write_text(name)
        blobs.append(keep_as_blob(tmp_path / name, home)["sha256"])
        aged(home, blobs[-1], days, now)
    new, old, needed = blobs
    sweep_kept_blobs(home, now, spare={needed})
    assert names_of_kept_blobs(home) == {new, needed} == lying(home)
    assert KEPT_FOR == 30 * 86400
    assert old not in names_of_kept_blobs(home)


def test_beyond_the_room_those_go_that_were_wanted_longest_ago(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_blobs, "KEPT_BYTES", 25)
    now, blobs = 1e9, []
    for days in range(5):
        (tmp_path / "file").write_bytes(b"%010d" % days)
        blobs.append(keep_as_blob(tmp_path / "file", home)["sha256"])
        aged(home, blobs[-1], days + 0.5, now)
    sweep_kept_blobs(home, now, spare=set())
    assert names_of_kept_blobs(home) == set(blobs[:2])
    for name in blobs[:2]:
        aged(home, name, 0.1, now)
    monkeypatch.setattr(kept_blobs, "KEPT_BYTES", 1)
    sweep_kept_blobs(home, now, spare=set())
    assert names_of_kept_blobs(home) == set(blobs[:2])
