"""Logs on the laptop: bytes at their offsets, private, whole."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearq_tui.controller.stream_files import StreamFiles
from clearq_tui.paths import Home


@given(log=st.binary(max_size=2000), data=st.data())
def test_pieces_in_order_with_repetitions_make_the_log(
    tmp_path_factory: pytest.TempPathFactory, log: bytes, data: st.DataObject
) -> None:
    home = Home(tmp_path_factory.mktemp("home"))
    files = StreamFiles(home)
    at = 0
    while at < len(log):
        start = data.draw(st.integers(0, at))
        end = data.draw(st.integers(at + 1, len(log)))
        assert files.write("8.1", "log", start, log[start:end], last=end == len(log)) == end
        at = end
    assert files.size("8.1", "log") == len(log)
    if log:
        assert home.attempt_log(8, 1).read_bytes() == log


def test_only_the_owner_can_read_them(tmp_path: Path) -> None:
    home = Home(tmp_path)
    StreamFiles(home).write("8.1", "log", 0, b"secret", last=True)
    path = home.attempt_log(8, 1)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_link_put_in_the_way_is_not_followed(tmp_path: Path) -> None:
    home = Home(tmp_path)
    precious = tmp_path / "precious"
    precious.write_bytes(b"precious")
    home.attempt_log(8, 1).parent.mkdir(parents=True)
    home.attempt_log(8, 1).symlink_to(precious)
    with pytest.raises(OSError, match="symbolic links"):
        StreamFiles(home).write("8.1", "log", 0, b"overwritten", last=False)
    assert precious.read_bytes() == b"precious"


@pytest.mark.parametrize("name", ["../1.1", "8", "8.x", ""])
def test_only_names_of_attempts_become_paths(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="not the name of an attempt"):
        StreamFiles(Home(tmp_path)).write(name, "log", 0, b"x", last=False)
