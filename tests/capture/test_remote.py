"""Remote repositories, cloned by the machine's git at the commit that the operator's ref was."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from clearq_tui.capture import CaptureError, RemoteCode, code_from_json, fetch_files, resolve_remote
from remote_agent.workspace import WorkspaceError, lay_changes_out, lay_out, sweep_remotes
from tests.capture.journey import commit_all, files_in, git, new_repository


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a submodule, a branch and a tag, as a server would have it."""
    monkeypatch.setenv("GIT_ALLOW_PROTOCOL", "file")
    inner = new_repository(tmp_path / "inner")
    (inner / "part.txt").write_text("part\n")
    commit_all(inner)
    place = new_repository(tmp_path / "server")
    (place / "sub").mkdir()
    (place / "sub" / "main.py").write_text("print('one')\n")
    git(place, "submodule", "add", "-q", inner.as_uri(), "lib")
    commit_all(place)
    git(place, "tag", "-a", "v1", "-m", "the first")
    git(place, "checkout", "-q", "-b", "next")
    (place / "sub" / "main.py").write_text("print('two')\n")
    commit_all(place)
    git(place, "checkout", "-q", "-")
    return place


def cloned(tmp_path: Path, remote: RemoteCode, name: str = "workspace") -> Path:
    """The workspace that a machine makes of it."""
    code = {"remote": vars(remote)}
    (tmp_path / "cache").mkdir(exist_ok=True)
    said: list[str] = []
    place = lay_out(code, str(tmp_path), str(tmp_path / "cache"), str(tmp_path / name), said.append)
    lay_changes_out(code, str(tmp_path / name))
    return Path(place)


def test_a_branch_with_its_submodules(server: Path, tmp_path: Path) -> None:
    remote = resolve_remote(server.as_uri(), "next", "sub/")
    assert code_from_json(remote.to_json()) == remote
    place = cloned(tmp_path, remote)
    assert place == tmp_path / "workspace" / "sub"
    assert (place / "main.py").read_text() == "print('two')\n"
    assert (tmp_path / "workspace" / "lib" / "part.txt").read_text() == "part\n"
    assert git(tmp_path / "workspace", "rev-parse", "--abbrev-ref", "HEAD").strip() == b"next"
    assert (
        git(tmp_path / "workspace", "remote", "get-url", "origin").decode().strip()
        == server.as_uri()
    )
    assert git(tmp_path / "workspace", "status", "--porcelain") == b""


def test_a_tag_a_commit_and_the_default_branch(server: Path, tmp_path: Path) -> None:
    first = git(server, "rev-parse", "HEAD").decode().strip()
    for number, ref in enumerate(("v1", first, "")):
        remote = resolve_remote(server.as_uri(), ref)
        assert remote.commit == first
        place = cloned(tmp_path, remote, f"workspace-{number}")
        assert (place / "sub" / "main.py").read_text() == "print('one')\n"
        assert git(place, "rev-parse", "HEAD").decode().strip() == first


def test_a_later_push_does_not_reach_the_task_and_the_cache_serves_it(
    server: Path, tmp_path: Path
) -> None:
    remote = resolve_remote(server.as_uri(), "next")
    cloned(tmp_path, remote, "before")
    git(server, "checkout", "-q", "next")
    (server / "sub" / "main.py").write_text("print('three')\n")
    commit_all(server)
    git(server, "submodule", "deinit", "-f", "lib")
    shutil.rmtree(server / ".git" / "refs")  # nothing can be fetched from it any more
    place = cloned(tmp_path, remote, "after")
    assert (place / "sub" / "main.py").read_text() == "print('two')\n"


def test_the_files_alone_for_a_look_at_their_requirements(server: Path, tmp_path: Path) -> None:
    remote = resolve_remote(server.as_uri(), "next", "sub")
    place = fetch_files(remote, tmp_path / "look")
    assert (place / "main.py").read_text() == "print('two')\n"


def test_what_cannot_be_cloned(server: Path, tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match="no branch or tag 'nowhere'"):
        resolve_remote(server.as_uri(), "nowhere")
    with pytest.raises(CaptureError, match="cannot be read"):
        resolve_remote((tmp_path / "missing").as_uri())
    with pytest.raises(CaptureError, match="password"):
        resolve_remote("https://me:secret@example.org/x.git")
    for url, ref in (("--upload-pack=touch /tmp/x", ""), (server.as_uri(), "--help"), ("", "")):
        with pytest.raises(CaptureError, match="no repository"):
            resolve_remote(url, ref)
    with pytest.raises(CaptureError, match="leads out"):
        resolve_remote(server.as_uri(), "", "a/../../b")
    gone = RemoteCode(server.as_uri(), "e" * 40, "", "", "")
    with pytest.raises(WorkspaceError, match=r"no commit e{40}"):
        cloned(tmp_path, gone)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("url", "--upload-pack=x"),
        ("url", "a\nb"),
        ("url", 3),
        ("commit", "main"),
        ("branch", "-f"),
        ("branch", "a..b"),
        ("subdirectory", "../x"),
        ("subdirectory", ".git"),
    ],
)
def test_a_hostile_specification_is_refused(tmp_path: Path, field: str, value: object) -> None:
    good = {"url": "https://example.org/x", "commit": "a" * 40, "branch": "", "subdirectory": ""}
    with pytest.raises(WorkspaceError, match=f"code.remote.{field}"):
        lay_out(
            {"remote": {**good, field: value}},
            str(tmp_path),
            str(tmp_path),
            str(tmp_path / "workspace"),
            print,
        )


def test_clones_go_by_the_time_of_their_use(server: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    cloned(tmp_path, resolve_remote(server.as_uri()), "one")
    inner = (tmp_path / "inner").as_uri()
    cloned(tmp_path, resolve_remote(inner), "two")
    mirrors = sorted((cache / "remotes").glob("*.git"), key=lambda path: path.stat().st_mtime_ns)
    sizes = [sum(p.stat().st_size for p in m.rglob("*") if p.is_file()) for m in mirrors]
    sweep_remotes(str(cache), sum(sizes), print)
    assert all(mirror.exists() for mirror in mirrors)
    sweep_remotes(str(cache), sum(sizes) - 1, print)
    assert [mirror.exists() for mirror in mirrors] == [False, True]
    assert cloned(tmp_path, resolve_remote(server.as_uri()), "again").is_dir()


@pytest.mark.skipif(shutil.which("git-lfs") is None, reason="no git-lfs here")
def test_large_files_come_in_place_of_their_pointers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over a bare repository on disk, which git-lfs serves by its standalone agent for files."""
    monkeypatch.setenv("GIT_ALLOW_PROTOCOL", "file")
    bare = tmp_path / "server.git"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", bare], check=True)
    place = new_repository(tmp_path / "work")
    git(place, "checkout", "-q", "-B", "main")
    git(place, "lfs", "install", "--local")
    (place / ".gitattributes").write_text("*.bin filter=lfs diff=lfs merge=lfs -text\n")
    data = os.urandom(100_000)
    (place / "weights.bin").write_bytes(data)
    commit_all(place)
    git(place, "remote", "add", "origin", bare.as_uri())
    git(place, "push", "-q", "origin", "main")
    clone = cloned(tmp_path, resolve_remote(bare.as_uri(), "main"))
    assert (clone / "weights.bin").read_bytes() == data
    assert set(files_in(clone)) >= {b"weights.bin", b".gitattributes"}
