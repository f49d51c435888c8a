"""What arrives on a machine may be anything; it is refused by name, nothing written outside."""

from __future__ import annotations

import io
import os
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remote_agent.workspace import WorkspaceError, lay_out
from remote_agent.workspace.archive import unpack
from remote_agent.workspace.specification import is_confined, read_specification
from tests.capture.journey import Journey, commit_all, new_repository


def repository(**changes: object) -> dict[str, object]:
    """A repository of a specification that is in order but for `changes`."""
    return {
        "path": "",
        "key": "0" * 32,
        "head": "1" * 40,
        "index": "2" * 40,
        "worktree": "3" * 40,
        "branch": "main",
        "remote_url": None,
        "object_format": "sha1",
        "bundle": None,
        "requires": [],
        **changes,
    }


def code(**changes: object) -> dict[str, object]:
    return {"subdirectory": "", "archive": None, "repositories": [repository()], **changes}


def test_one_in_order_is_read() -> None:
    assert read_specification(code()).repositories[0].branch == "main"
    for branch in ("feature/x-1", "@", "a", "1.2", "fix#3", "größe", "v-", "a.b.c/d", "x@y"):
        read_specification(code(repositories=[repository(branch=branch)]))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("path", ".."),
        ("path", "/etc"),
        ("path", "a/../../b"),
        ("path", "a//b"),
        ("path", "a/.git"),
        ("path", "a/.GIT/hooks"),
        ("path", "a\0b"),
        ("path", 3),
        ("key", "../../x"),
        ("key", "0" * 31),
        ("key", "0" * 32 + "\n"),
        ("head", "--upload-pack=x"),
        ("head", "1" * 41),
        ("index", "HEAD"),
        ("worktree", None),
        ("worktree", "3" * 39),
        ("branch", "../../../config"),
        ("branch", "-x"),
        ("branch", "a b"),
        ("branch", "a\nb"),
        ("branch", "a..b"),
        ("branch", "a.lock"),
        ("branch", "a/.b"),
        ("branch", "a/"),
        ("branch", "a@{1}"),
        ("branch", ""),
        ("remote_url", "x\n[core]\n\tsshCommand = evil"),
        ("object_format", "md5"),
        ("bundle", "../../etc/passwd"),
        ("requires", ["x"]),
        ("requires", ["1" * 40] * 65),
        ("requires", None),
    ],
)
def test_a_field_that_does_not_validate_is_named(field: str, value: object) -> None:
    items = [repository(), repository(**{"path": "inner", field: value})]
    with pytest.raises(WorkspaceError, match=rf"repositories\[1\]\.{field}"):
        read_specification(code(repositories=items))


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {},
        code(repositories=[]),
        code(repositories=[repository(path="a")]),
        code(repositories=[repository(), repository()]),
        code(subdirectory="../x"),
        code(archive="x"),
        code(repositories=[repository(head=None, branch=None)]),
    ],
)
def test_other_disorder(value: object) -> None:
    with pytest.raises(WorkspaceError, match="code"):
        read_specification(value)


@given(st.text(alphabet="./ab\0", max_size=12))
def test_confined_paths_stay_inside(path: str) -> None:
    if is_confined(path):
        assert os.path.normpath(f"/root/{path}").startswith("/root")
        assert "\0" not in path


def test_the_workspace_must_be_empty(tmp_path: Path) -> None:
    (tmp_path / "workspace").mkdir()
    (tmp_path / "workspace" / "x").write_text("x")
    with pytest.raises(WorkspaceError, match="not empty"):
        lay_out(code(), str(tmp_path), str(tmp_path), str(tmp_path / "workspace"), print)


def test_a_blob_that_has_not_arrived_is_named(tmp_path: Path) -> None:
    for value in (
        code(archive="a" * 64),
        code(repositories=[repository(bundle="a" * 64)]),
    ):
        with pytest.raises(WorkspaceError, match="aaaaaaaaaaaa has not arrived"):
            lay_out(value, str(tmp_path), str(tmp_path / "c"), str(tmp_path / "w"), print)


def test_an_inner_repository_cannot_be_put_behind_a_link(tmp_path: Path) -> None:
    journey = Journey(tmp_path / "elsewhere")
    place = new_repository(tmp_path / "project")
    outside = tmp_path / "outside"
    outside.mkdir()
    (place / "inner").symlink_to(outside)
    commit_all(place)
    specification = journey.deliver(journey.capture(place)).specification()
    repositories = specification["repositories"]
    assert isinstance(repositories, list)
    repositories.append({**repositories[0], "path": "inner"})
    with pytest.raises(WorkspaceError, match="'inner' in the workspace is not a directory"):
        lay_out(
            specification,
            str(journey.blobs),
            str(journey.cache),
            str(journey.base / "workspace"),
            print,
        )
    assert list(outside.iterdir()) == []


def tar_of(place: Path, *members: tarfile.TarInfo) -> Path:
    with tarfile.open(place, "w") as tar:
        for member in members:
            tar.addfile(member, io.BytesIO(b"x" * member.size) if member.size else None)
    return place


def member(name: str, kind: bytes = tarfile.REGTYPE, target: str = "") -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type = kind
    made.linkname = target
    made.size = 1 if kind == tarfile.REGTYPE else 0
    return made


LINK, HARD, DEVICE, PIPE = tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE


@pytest.mark.parametrize(
    "members",
    [
        [member("/tmp/bad")],
        [member("../bad")],
        [member("a/../../bad")],
        [member("good"), member("bad", LINK, "/etc/passwd")],
        [member("bad", LINK, "../outside")],
        [member("a/bad", LINK, "../../outside")],
        [member("good"), member("bad", HARD, "good")],
        [member("bad", DEVICE)],
        [member("bad", PIPE)],
        [member("bad"), member("bad")],
        [member(".git/config/bad")],
    ],
)
def test_an_archives_bad_member_is_named(tmp_path: Path, members: list[tarfile.TarInfo]) -> None:
    (tmp_path / "root").mkdir()
    with pytest.raises(WorkspaceError, match=r"bad'"):
        unpack(str(tar_of(tmp_path / "a.tar", *members)), str(tmp_path / "root"))
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.tar", "root"]


def test_a_member_behind_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    members = [member("dir", tarfile.DIRTYPE), member("link", LINK, "dir"), member("link/x")]
    with pytest.raises(WorkspaceError, match="'link' in the workspace is not a directory"):
        unpack(str(tar_of(tmp_path / "a.tar", *members)), str(tmp_path / "root"))


def test_archives_have_limits(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    archive = str(tar_of(tmp_path / "a.tar", member("one"), member("two"), member("three")))
    with pytest.raises(WorkspaceError, match="reached at 'three'"):
        unpack(archive, str(tmp_path / "root"), most_members=2)
    (tmp_path / "again").mkdir()
    with pytest.raises(WorkspaceError, match="limit of 1 bytes"):
        unpack(archive, str(tmp_path / "again"), most_bytes=1)


@pytest.mark.parametrize(
    "damage", [lambda b: b[: len(b) // 2], lambda b: b"garbage", lambda b: b""]
)
def test_a_damaged_archive_is_refused(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    journey = Journey(tmp_path / "elsewhere")
    place = new_repository(tmp_path / "project")
    (place / "a").write_bytes(os.urandom(100_000))
    commit_all(place)
    journey.travel_as_archive(place)
    (blob,) = journey.blobs.iterdir()
    blob.write_bytes(damage(blob.read_bytes()))
    (tmp_path / "root").mkdir()
    with pytest.raises(WorkspaceError, match="cannot be unpacked"):
        unpack(str(blob), str(tmp_path / "root"))
