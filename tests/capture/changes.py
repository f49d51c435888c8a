"""Everything that an operator may have done to files since the last commit, one function each.

Each is given a directory of its own in the repository, so that they can be made alone and all at
once. What is committed there before is `BASE`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from tests.capture.journey import git

Change = Callable[[Path], None]


def lay_base(place: Path) -> None:
    """The files that are committed before anything changes."""
    place.mkdir()
    (place / "text").write_text("one\ntwo\nthree\n")
    (place / "other").write_text("another\n")
    (place / "crlf").write_bytes(b"one\r\ntwo\r\n")
    (place / "binary").write_bytes(bytes(range(256)) * 8)
    (place / "program").write_text("#!/bin/sh\n")
    (place / "program").chmod(0o755)
    (place / "link").symlink_to("text")
    (place / "inner").mkdir()
    (place / "inner" / "deep").write_text("deep\n")


def stage(place: Path, *names: str) -> None:
    git(place, "add", "--all", "--", *(names or (".",)))


def edited(place: Path) -> None:
    (place / "text").write_text("one\n2\nthree\n")


def edited_and_staged(place: Path) -> None:
    edited(place)
    stage(place)


def staged_then_edited_again(place: Path) -> None:
    edited_and_staged(place)
    (place / "text").write_text("one\n2\n3\n")


def staged_then_put_back(place: Path) -> None:
    edited_and_staged(place)
    (place / "text").write_text("one\ntwo\nthree\n")


def new(place: Path) -> None:
    (place / "new").write_text("new\n")


def new_and_staged(place: Path) -> None:
    new(place)
    stage(place)


def new_staged_then_edited(place: Path) -> None:
    new_and_staged(place)
    (place / "new").write_text("newer\n")


def new_staged_then_deleted(place: Path) -> None:
    new_and_staged(place)
    (place / "new").unlink()


def new_intended(place: Path) -> None:
    new(place)
    git(place, "add", "-N", "new")


def new_in_a_new_directory(place: Path) -> None:
    (place / "a" / "b").mkdir(parents=True)
    (place / "a" / "b" / "c").write_text("c\n")


def deleted(place: Path) -> None:
    (place / "text").unlink()


def deleted_and_staged(place: Path) -> None:
    git(place, "rm", "-q", "text")


def forgotten_by_git_but_there(place: Path) -> None:
    git(place, "rm", "-q", "--cached", "text")


def directory_deleted(place: Path) -> None:
    (place / "inner" / "deep").unlink()
    (place / "inner").rmdir()


def renamed(place: Path) -> None:
    (place / "text").rename(place / "renamed")


def renamed_and_staged(place: Path) -> None:
    git(place, "mv", "text", "renamed")


def renamed_staged_and_edited(place: Path) -> None:
    renamed_and_staged(place)
    (place / "renamed").write_text("one\ntwo\nthree\nfour\n")


def renamed_over_another(place: Path) -> None:
    (place / "text").rename(place / "other")


def renamed_in_case_alone(place: Path) -> None:
    git(place, "mv", "text", "TEXT")


def two_swapped(place: Path) -> None:
    (place / "text").rename(place / "third")
    (place / "other").rename(place / "text")
    (place / "third").rename(place / "other")


def moved_into_a_directory(place: Path) -> None:
    git(place, "mv", "text", "inner/text")


def binary_edited(place: Path) -> None:
    data = bytearray((place / "binary").read_bytes())
    data[100] ^= 0xFF
    (place / "binary").write_bytes(data)


def binary_staged(place: Path) -> None:
    binary_edited(place)
    stage(place)


def binary_new(place: Path) -> None:
    (place / "new.bin").write_bytes(b"\0\xff\n\r\n" * 1000)


def large_new(place: Path) -> None:
    (place / "large").write_bytes(os.urandom(2 << 20))


def made_executable(place: Path) -> None:
    (place / "text").chmod(0o755)


def made_executable_and_staged(place: Path) -> None:
    made_executable(place)
    stage(place)


def no_longer_executable(place: Path) -> None:
    (place / "program").chmod(0o644)


def executable_new(place: Path) -> None:
    (place / "run").write_text("#!/bin/sh\n")
    (place / "run").chmod(0o755)


def link_new(place: Path) -> None:
    (place / "new-link").symlink_to("inner/deep")


def link_dangling_and_to_a_directory(place: Path) -> None:
    (place / "nowhere").symlink_to("/does/not/exist")
    (place / "directory").symlink_to("inner")


def link_turned(place: Path) -> None:
    (place / "link").unlink()
    (place / "link").symlink_to("other")


def link_became_a_file(place: Path) -> None:
    (place / "link").unlink()
    (place / "link").write_text("text")


def file_became_a_link(place: Path) -> None:
    (place / "text").unlink()
    (place / "text").symlink_to("other")
    stage(place)


def file_became_a_directory(place: Path) -> None:
    (place / "text").unlink()
    (place / "text").mkdir()
    (place / "text" / "inside").write_text("inside\n")


def directory_became_a_file(place: Path) -> None:
    directory_deleted(place)
    (place / "inner").write_text("a file now\n")
    stage(place)


def crlf_edited(place: Path) -> None:
    (place / "crlf").write_bytes(b"one\r\n2\r\n")


def crlf_became_lf(place: Path) -> None:
    (place / "crlf").write_bytes(b"one\ntwo\n")
    stage(place)


def lf_became_crlf(place: Path) -> None:
    (place / "text").write_bytes(b"one\r\ntwo\r\nthree\r\n")


def line_ends_mixed(place: Path) -> None:
    (place / "mixed").write_bytes(b"a\r\nb\nc\rd")


def line_ends_by_attribute(place: Path) -> None:
    (place / ".gitattributes").write_text("*.txt text eol=lf\n*.win text eol=crlf\n")
    (place / "a.txt").write_bytes(b"a\r\nb\r\n")
    (place / "b.win").write_bytes(b"a\r\nb\n")
    stage(place)
    (place / "c.txt").write_bytes(b"c\r\n")


def emptied(place: Path) -> None:
    (place / "text").write_text("")


def without_a_last_newline(place: Path) -> None:
    (place / "text").write_text("one\ntwo\nthree")


def empty_new(place: Path) -> None:
    (place / "empty").touch()


def names_that_need_quoting(place: Path) -> None:
    for name in (
        b"a b",
        b'quote"',
        b"new\nline",
        b"tab\t",
        b"back\\slash",
        b"\xff\xfe",
        b"-rf",
        b"*",
    ):
        Path(os.fsdecode(os.fsencode(place) + b"/" + name)).write_bytes(name)
    stage(place, "a b", "*")


def ignored_and_forced(place: Path) -> None:
    (place / ".gitignore").write_text("*.log\n")
    (place / "left.log").write_text("stays at home\n")
    (place / "forced.log").write_text("travels\n")
    git(place, "add", "-f", "forced.log")


CHANGES: tuple[Change, ...] = (
    edited, edited_and_staged, staged_then_edited_again, staged_then_put_back, new, new_and_staged,
    new_staged_then_edited, new_staged_then_deleted, new_intended, new_in_a_new_directory, deleted,
    deleted_and_staged, forgotten_by_git_but_there, directory_deleted, renamed, renamed_and_staged,
    renamed_staged_and_edited, renamed_over_another, renamed_in_case_alone, two_swapped,
    moved_into_a_directory, binary_edited, binary_staged, binary_new, large_new, made_executable,
    made_executable_and_staged, no_longer_executable, executable_new, link_new,
    link_dangling_and_to_a_directory, link_turned, link_became_a_file, file_became_a_link,
    file_became_a_directory, directory_became_a_file, crlf_edited, crlf_became_lf, lf_became_crlf,
    line_ends_mixed, line_ends_by_attribute, emptied, without_a_last_newline, empty_new,
    names_that_need_quoting, ignored_and_forced,
)  # fmt: skip
