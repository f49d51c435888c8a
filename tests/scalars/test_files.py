"""Both files of an attempt, as they grow."""

from __future__ import annotations

from pathlib import Path

from clearq_tui.scalars import Found, Point, ScalarFiles


def test_files_are_read_on_as_they_grow(tmp_path: Path) -> None:
    scalars, log = tmp_path / "1.scalars", tmp_path / "1.log"
    files = ScalarFiles(scalars, log, {"lr": r"lr=(\S+)"})
    assert files.read() == ([], False)
    scalars.write_bytes(b'{"loss": 1}\n{"lo')
    log.write_bytes(b"lr=0.1\nlr=0.")
    assert files.read() == ([Found("loss", Point(0, 1)), Found("lr", Point(0, 0.1))], True)
    with scalars.open("ab") as file:
        file.write(b'ss": 2}\n{"loss": 3}')
    assert files.read() == ([Found("loss", Point(1, 2))], True)
    assert files.read() == ([], False)
    assert list(files.rest()) == [Found("loss", Point(2, 3)), Found("lr", Point(1, 0))]
    assert files.problems() == []


def test_problems_are_said(tmp_path: Path) -> None:
    scalars, log = tmp_path / "1.scalars", tmp_path / "1.log"
    scalars.write_bytes(b"nonsense\n" * 3)
    log.write_bytes(b"loss=low\n")
    files = ScalarFiles(scalars, log, {"loss": r"loss=(\S+)", "bad": "x("})
    assert list(files.rest()) == []
    bad, lines, found = files.problems()
    assert "'x('" in bad
    assert lines == "3 lines of the scalars could not be read: line 1: it is no JSON object."
    assert found == "An expression found once what is no number."
