"""The shelf of blobs, against pieces in any order, sizes, crashes and bad bytes."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remote_agent.blobs import BlobRefused, Shelf
from remote_agent.layout import Layout
from remote_agent.records import NeededBlob
from remote_agent.wire import BlobPiece


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    layout = Layout(str(tmp_path / "root"))
    layout.make_directories()
    return layout


def files(layout: Layout) -> list[str]:
    return [path.name for path in Path(layout.blobs).iterdir()]


def name_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@settings(deadline=None, max_examples=60)
@given(
    data=st.binary(max_size=200),
    pieces=st.lists(st.tuples(st.integers(0, 250), st.integers(0, 90)), max_size=40),
    restarts=st.sets(st.integers(0, 40)),
)
def test_whatever_is_sent_again_or_early_the_blob_arrives_whole(
    data: bytes, pieces: list[tuple[int, int]], restarts: set[int]
) -> None:
    """Pieces of the right bytes at any offsets, then the rest from where the shelf says."""
    with tempfile.TemporaryDirectory() as root:
        layout = Layout(root)
        layout.make_directories()
        shelf, sha256 = Shelf(layout), name_of(data)
        for number, (offset, length) in enumerate(pieces):
            if number in restarts:
                shelf = Shelf(layout)
            before = shelf.received(sha256)
            start = min(offset, len(data))
            done = shelf.write(
                BlobPiece(sha256, start, data[start : start + length]), NeededBlob(len(data))
            )
            assert done == shelf.has(sha256) or shelf.has(sha256)
            assert shelf.has(sha256) or shelf.received(sha256) >= before
        if not shelf.has(sha256):
            here = shelf.received(sha256)
            assert shelf.write(BlobPiece(sha256, here, data[here:]), NeededBlob(len(data)))
        assert (Path(layout.blobs) / sha256).read_bytes() == data
        assert files(layout) == [sha256]


def test_a_whole_blob_is_private_and_taken_once(layout: Layout) -> None:
    shelf, sha256 = Shelf(layout), name_of(b"data")
    assert shelf.write(BlobPiece(sha256, 0, b"data"), NeededBlob(4))
    assert not shelf.write(BlobPiece(sha256, 0, b"data"), NeededBlob(4))
    assert (Path(layout.blobs) / sha256).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("data", "size", "words"),
    [(b"datums", 4, "longer than the 4 bytes"), (b"dada", 4, "arrived damaged")],
)
def test_wrong_bytes_are_refused_and_gone(
    data: bytes, size: int, words: str, layout: Layout
) -> None:
    shelf, sha256 = Shelf(layout), name_of(b"data")
    shelf.write(BlobPiece(sha256, 0, data[:1]), NeededBlob(size))
    with pytest.raises(BlobRefused, match=words):
        shelf.write(BlobPiece(sha256, 1, data[1:]), NeededBlob(size))
    assert files(layout) == []
    assert shelf.write(BlobPiece(sha256, 0, b"data"), NeededBlob(4))


@pytest.mark.parametrize("name", ["../../escape", "A" * 64, "a" * 64 + "\n", ""])
def test_a_name_that_is_no_hash_is_refused(name: str, layout: Layout) -> None:
    shelf = Shelf(layout)
    with pytest.raises(BlobRefused, match="no SHA-256"):
        shelf.write(BlobPiece(name, 0, b"data"), NeededBlob(4))
    assert not shelf.has(name)
    assert shelf.received(name) == 0


def test_a_link_in_its_place_is_not_followed(layout: Layout, tmp_path: Path) -> None:
    victim, sha256 = tmp_path / "victim", name_of(b"data")
    victim.write_bytes(b"")
    (Path(layout.blobs) / f"{sha256}.part").symlink_to(victim)
    with pytest.raises(BlobRefused, match="could not be written"):
        Shelf(layout).write(BlobPiece(sha256, 0, b"data"), NeededBlob(4))
    assert victim.read_bytes() == b""


def test_a_disk_that_refuses_is_said(layout: Layout) -> None:
    Path(layout.blobs).rmdir()
    with pytest.raises(BlobRefused, match="No such file"):
        Shelf(layout).write(BlobPiece(name_of(b"data"), 0, b"data"), NeededBlob(4))


def test_a_full_disk_is_said(layout: Layout) -> None:
    shelf, sha256 = Shelf(layout), name_of(b"data")
    shelf.write(BlobPiece(sha256, 0, b"d"), NeededBlob(4))
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, shelf._arriving[sha256].file)
    os.close(full)
    with pytest.raises(BlobRefused, match="No space left on device"):
        shelf.write(BlobPiece(sha256, 1, b"ata"), NeededBlob(4))
    assert shelf.received(sha256) == 0


def test_sweeping_keeps_what_is_needed(layout: Layout) -> None:
    shelf = Shelf(layout)
    kept, dropped, begun = (name_of(data) for data in (b"kept", b"dropped", b"begun"))
    shelf.write(BlobPiece(kept, 0, b"kept"), NeededBlob(4))
    shelf.write(BlobPiece(dropped, 0, b"dropped"), NeededBlob(7))
    shelf.write(BlobPiece(begun, 0, b"be"), NeededBlob(5))
    shelf.sweep({kept})
    assert files(layout) == [kept]
    assert shelf.write(BlobPiece(begun, 0, b"begun"), NeededBlob(5))
