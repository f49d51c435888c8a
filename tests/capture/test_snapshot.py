"""A snapshot survives a trip through JSON, and says what is wrong with text that is none."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearq_tui.capture import CaptureError, Counts, Repository, Snapshot, snapshot_from_json
from clearq_tui.capture.remote_urls import without_credentials

ROOT = Repository("", "0" * 32, "1" * 40, "2" * 40, "3" * 40, "main", None, "sha1")
NAMES = st.text(st.characters(exclude_characters="/\0"), min_size=1).filter(
    lambda name: name not in {".", ".."}
)


@given(
    path=st.lists(NAMES, max_size=3).map("/".join),
    branch=st.none() | st.text(),
    warnings=st.lists(st.text(), max_size=3),
    counts=st.builds(Counts, *[st.integers(0, 9)] * 3),
)
def test_round_trip(path: str, branch: str | None, warnings: list[str], counts: Counts) -> None:
    inner = Repository("inner\udcff", "a" * 32, None, None, "b" * 64, branch, "u", "sha256")
    snapshot = Snapshot((ROOT, inner), path, tuple(warnings), counts)
    text = snapshot.to_json()
    assert text.isascii()
    assert snapshot_from_json(text) == snapshot


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("version", 9, "snapshot.version"),
        ("repositories", [], "snapshot.repositories"),
        ("repositories", 3, "snapshot.repositories"),
        ("repositories", [3], r"snapshot.repositories\[0\]"),
        ("subdirectory", "../x", "snapshot.subdirectory"),
        ("subdirectory", "/x", "snapshot.subdirectory"),
        ("warnings", [1], "warning"),
        ("counts", None, "snapshot.counts"),
        ("counts", {"staged": -1, "unstaged": 0, "untracked": 0}, "snapshot.counts.staged"),
        ("counts", {"staged": 1}, "snapshot.counts.unstaged is missing"),
    ],
)
def test_a_wrong_field_is_named(field: str, value: object, named: str) -> None:
    whole = json.loads(Snapshot((ROOT,), "", (), Counts()).to_json())
    with pytest.raises(CaptureError, match=named):
        snapshot_from_json(json.dumps({**whole, field: value}))


@pytest.mark.parametrize(
    ("field", "value"),
    [("key", "x"), ("head", "HEAD"), ("worktree", None), ("path", "a/.."), ("object_format", "x")],
)
def test_a_wrong_field_of_a_repository_is_named(field: str, value: object) -> None:
    whole = json.loads(Snapshot((ROOT,), "", (), Counts()).to_json())
    whole["repositories"][0][field] = value
    with pytest.raises(CaptureError, match=rf"snapshot\.repositories\[0\]\.{field}"):
        snapshot_from_json(json.dumps(whole))


@pytest.mark.parametrize("text", ["", "[]", "{", "null"])
def test_text_that_is_no_snapshot(text: str) -> None:
    with pytest.raises(CaptureError, match="snapshot"):
        snapshot_from_json(text)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://me:secret@example.org/a.git", "https://example.org/a.git"),
        ("https://token@example.org/a.git", "https://example.org/a.git"),
        ("https://a@b:c@example.org:8443/a", "https://example.org:8443/a"),
        ("https://example.org/a.git?token=x#y", "https://example.org/a.git"),
        ("ssh://git:secret@example.org/a", "ssh://git@example.org/a"),
        ("git@example.org:a/b.git", "git@example.org:a/b.git"),
        ("/srv/git/a.git", "/srv/git/a.git"),
        ("https://example.org/a@b", "https://example.org/a@b"),
    ],
)
def test_credentials_are_taken_out_of_addresses(url: str, shown: str) -> None:
    assert without_credentials(url) == shown
