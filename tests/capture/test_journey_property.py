"""Whatever somebody does to a working tree, it arrives as it is, and git says the same of it."""

# Paths are bytes here, which pathlib does not take.
# ruff: noqa: PTH101, PTH103, PTH104, PTH108, PTH112, PTH113, PTH114, PTH116
# ruff: noqa: PTH118, PTH120, PTH123, PTH211

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.capture.journey import Journey, assert_same, commit_all, files_in, git, new_repository

NAMES = st.sampled_from(
    [b"a", b"b.py", b"dir/a", b"dir/b c", b"dir/deep/x", b"-x", b"n\nl", b"\xff", b"dir", b"link"]
)
CONTENTS = st.one_of(
    st.sampled_from([b"", b"one\n", b"one\r\ntwo\r\n", b"mixed\r\nends\n", b"$Id$\n", b"\0\1\2"]),
    st.binary(max_size=40),
)
ATTRIBUTES = st.sampled_from(
    [b"", b"* text=auto\n", b"*.py text eol=crlf\n", b"a ident\n", b"* -text\n", b"* text\n"]
)
EDITS = st.one_of(
    st.tuples(st.just("write"), NAMES, CONTENTS),
    st.tuples(st.just("link"), NAMES, st.sampled_from([b"a", b"dir", b"../out", b"/abs"])),
    st.tuples(st.just("delete"), NAMES, st.none()),
    st.tuples(st.just("chmod"), NAMES, st.none()),
    st.tuples(st.just("rename"), NAMES, NAMES),
    st.tuples(st.just("stage"), NAMES, st.none()),
    st.tuples(st.just("unstage"), NAMES, st.none()),
    st.tuples(st.just("intend"), NAMES, st.none()),
    st.tuples(st.just("attributes"), st.none(), ATTRIBUTES),
    st.tuples(st.just("commit"), st.none(), st.none()),
)
Edit = tuple[str, bytes | None, bytes | None]


def edit(place: Path, action: str, name: bytes | None, value: bytes | None) -> None:
    """Do one thing to the tree, or nothing where it makes no sense."""
    full = os.path.join(os.fsencode(place), name or b"")
    there = os.path.lexists(full)
    if action in {"write", "link"}:
        make_room(place, full)
        if action == "write":
            with open(full, "wb") as file:
                file.write(value or b"")
        else:
            os.symlink(value or b"", full)
    elif action == "delete" and there:
        remove(full)
    elif action == "chmod" and os.path.isfile(full) and not os.path.islink(full):
        os.chmod(full, os.stat(full).st_mode ^ 0o111)
    elif action == "rename" and there and value is not None:
        target = os.path.join(os.fsencode(place), value)
        if not target.startswith(full) and not full.startswith(target):
            make_room(place, target)
            os.rename(full, target)
    elif action == "attributes":
        (place / ".gitattributes").write_bytes(value or b"")
    elif action == "commit":
        commit_all(place)
    elif action in {"stage", "unstage", "intend"} and name is not None:
        command = {
            "stage": ["add", "--all"],
            "unstage": ["reset", "--quiet"],
            "intend": ["add", "--intent-to-add"],
        }[action]
        tracked = git(place, "--literal-pathspecs", "ls-files", "--", name)
        if there or tracked:
            git(place, "--literal-pathspecs", *command, "--", name)


def forget_intended_files_that_are_gone(place: Path) -> None:
    """Nothing can say on another machine that a file that is not there will be added some day."""
    everything = git(place, "ls-files", "-z").split(b"\0")
    staged = git(place, "diff", "--cached", "--name-only", "--ita-visible-in-index", "-z")
    really = git(place, "diff", "--cached", "--name-only", "--ita-invisible-in-index", "-z")
    for path in set(staged.split(b"\0")) - set(really.split(b"\0")) & set(everything):
        if path and not os.path.lexists(os.path.join(os.fsencode(place), path)):
            git(place, "--literal-pathspecs", "rm", "--quiet", "--cached", "--", path)


def make_room(place: Path, full: bytes) -> None:
    """Take away what is in the way of `full`, and make the directories above it."""
    remove(full)
    above = os.path.dirname(full)
    while above != os.fsencode(place):
        if os.path.islink(above) or os.path.isfile(above):
            os.unlink(above)
        above = os.path.dirname(above)
    os.makedirs(os.path.dirname(full), exist_ok=True)


def remove(full: bytes) -> None:
    if os.path.islink(full) or os.path.isfile(full):
        os.unlink(full)
    elif os.path.isdir(full):
        shutil.rmtree(full)


def fingerprint(directory: Path) -> str:
    """All of a directory: names, bytes, modes and times of files."""
    hasher = hashlib.sha256()
    for path in sorted(directory.rglob("*")):
        status = path.lstat()
        content = path.read_bytes() if path.is_file() else b""
        hasher.update(repr((path, status.st_mode, content)).encode())
        if path.is_file():
            hasher.update(repr((status.st_mtime_ns, status.st_ino)).encode())
    return hasher.hexdigest()


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(
    begun=st.booleans(),
    first=st.lists(EDITS, max_size=12),
    second=st.lists(EDITS, max_size=6),
)
def test_any_working_tree_arrives(begun: bool, first: list[Edit], second: list[Edit]) -> None:
    with tempfile.TemporaryDirectory() as base:
        place = new_repository(Path(base) / "project")
        journey = Journey(Path(base) / "elsewhere")
        if begun:
            (place / "a").write_bytes(b"a\n")
            (place / "dir").mkdir()
            (place / "dir/a").write_bytes(b"in dir\n")
            commit_all(place)
        for edits in (first, second):
            for action, name, value in edits:
                edit(place, action, name, value)
            forget_intended_files_that_are_gone(place)
            git(place, "status")  # as an operator would, so that the index has been refreshed
            before = fingerprint(place)
            snapshot = journey.capture(place)
            assert fingerprint(place) == before
            assert_same(place, journey.lay_out(journey.deliver(snapshot)))
            if b"/abs" not in str(files_in(place)).encode():
                check_archive(journey, place)


def check_archive(journey: Journey, place: Path) -> None:
    """Without git the same files arrive, where no link leads outside."""
    expected = files_in(place)
    if not any(kind == "link" and b"out" in target for kind, target in expected.values()):
        assert files_in(journey.travel_as_archive(place)) == expected
