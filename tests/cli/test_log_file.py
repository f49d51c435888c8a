"""Logs: the last lines, and what is still being written."""

from __future__ import annotations

import io
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from clearq_tui.cli.log_file import PIECE, pieces, start_of_last_lines

LOGS = st.lists(st.sampled_from([b"\n", b"a", b"bb\n", b"\n\n"]), max_size=12).map(b"".join)


@given(LOGS, st.integers(0, 8), st.sampled_from([b"", b"x" * PIECE, b"x\n" * PIECE]))
def test_the_last_lines(log: bytes, count: int, before: bytes) -> None:
    whole = before + log
    lines = whole.splitlines(keepends=True) if b"\r" not in whole else []
    expected = b"".join(lines[len(lines) - count :]) if count < len(lines) else whole
    expected = b"" if count == 0 else expected
    assert whole[start_of_last_lines(io.BytesIO(whole), count) :] == expected


def test_a_growing_log_is_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "1.log"
    additions = [b"", b"one\n", b"two", b"", b" and three\n"]
    waits = iter(additions)

    def wait() -> None:
        with path.open("ab") as log:
            log.write(next(waits))

    seen = 0

    def is_over() -> bool:
        nonlocal seen
        seen += 1
        if seen == len(additions) + 1:
            # The end of the log comes together with the news that it is over.
            with path.open("ab") as log:
                log.write(b"last\n")
        return seen > len(additions)

    assert b"".join(pieces(path, None, is_over, wait)) == b"one\ntwo and three\nlast\n"


def test_a_log_that_is_over_is_read_once(tmp_path: Path) -> None:
    def never() -> None:
        raise AssertionError("nothing to wait for")

    assert list(pieces(tmp_path / "absent.log", None, lambda: True, never)) == []
    (tmp_path / "1.log").write_bytes(b"1\n2\n3\n")
    assert list(pieces(tmp_path / "1.log", 2, lambda: True, never)) == [b"2\n3\n"]
