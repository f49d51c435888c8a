"""Homes that will not have an agent: read-only, noexec, full, open to others, not ours."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from clearq_tui.fleet.bootstrap import BootstrapFailed, Installed, bootstrap
from remote_agent.first_stage import machine_key
from remote_agent.install import by_preference
from tests.bootstrap.echo_agent import Shell, echo_payload, request
from tests.bootstrap.mounts import mounted


async def bring(home: Path, tmp_path: Path) -> Installed:
    there = await bootstrap(Shell(home), echo_payload, request(tmp_path))
    there.stream.write(b"hello")
    assert await there.stream.read(10) == b"hello"
    await there.stream.close()
    return there


async def test_place_and_modes(tmp_path: Path) -> None:
    there = await bring(tmp_path, tmp_path)
    root = tmp_path / ".local/share/clearq/store1" / machine_key()
    assert there.directory == str(root / "agents" / ("b" * 64))
    for path in [*root.parents[:4], *(tmp_path / ".local").rglob("*")]:
        if "__pycache__" not in path.parts:  # Python's own, behind the directories that are ours
            assert path.stat().st_mode & 0o077 == 0, path


async def test_read_only_home(tmp_path: Path) -> None:
    with mounted(tmp_path / "home", "ro") as home:
        there = await bring(home, tmp_path)
    private = tmp_path / "fallback" / f"clearq-{os.getuid()}"
    assert there.directory.startswith(f"{private}/")
    assert private.stat().st_mode & 0o777 == 0o700


async def test_noexec_home_comes_second(tmp_path: Path) -> None:
    with mounted(tmp_path / "home", "noexec") as home:
        there = await bring(home, tmp_path)
        assert there.directory.startswith(str(tmp_path / "fallback"))


async def test_noexec_home_is_taken_when_all_else_is_worse(tmp_path: Path) -> None:
    with mounted(tmp_path / "home", "noexec") as home:
        (tmp_path / "fallback").mkdir()
        with mounted(tmp_path / "fallback", "ro"):
            assert (await bring(home, tmp_path)).directory.startswith(str(home))


async def test_full_home(tmp_path: Path) -> None:
    with mounted(tmp_path / "home", "size=256k") as home:
        there = await bring(home, tmp_path)
        assert there.directory.startswith(str(tmp_path / "fallback"))


async def test_disk_that_fills_up_while_it_is_written(tmp_path: Path) -> None:
    """The state is there already, so nowhere else will do; and the disk takes only a part."""
    with mounted(tmp_path / "home", "size=128k,mode=700") as home:
        root = home / ".local/share/clearq/store1" / machine_key()
        root.mkdir(parents=True, mode=0o700)
        root.parent.chmod(0o700)
        root.parent.parent.chmod(0o700)
        (root / "journal").touch()
        big = {"remote_agent/big.py": os.urandom(100_000)}
        with pytest.raises(BootstrapFailed, match=r"No space left on device.*Make room"):
            await bootstrap(Shell(home), lambda p: echo_payload(p, big), request(tmp_path))
        assert list((root / "agents").iterdir()) == []


async def test_no_place_at_all(tmp_path: Path) -> None:
    with mounted(tmp_path / "home", "ro") as home:
        (tmp_path / "fallback").mkdir()
        with mounted(tmp_path / "fallback", "ro"), pytest.raises(BootstrapFailed) as failure:
            await bring(home, tmp_path)
    assert str(home) in str(failure.value)
    assert "Read-only file system" in str(failure.value)


async def test_state_is_never_left_behind(tmp_path: Path) -> None:
    """Once an agent has settled, it stays where its journal is."""
    home = tmp_path / "home"
    with mounted(home, "ro"):
        there = await bring(home, tmp_path)
    (Path(there.directory).parents[1] / "journal").touch()
    again = await bring(home, tmp_path)
    assert again.directory == there.directory
    assert not again.pushed


@pytest.mark.parametrize("trap", ["link", "open", "file"])
async def test_a_prepared_fallback_is_not_used(trap: str, tmp_path: Path) -> None:
    """Anybody may make names in /var/tmp."""
    asked = request(tmp_path)
    private = tmp_path / "fallback" / f"clearq-{os.getuid()}"
    prepared = tmp_path / "prepared"
    there = await bring(tmp_path / "first", tmp_path)
    shutil.copytree(Path(there.directory).parents[3], prepared / "clearq", symlinks=True)
    if trap == "link":
        private.symlink_to(prepared / "clearq")
    elif trap == "open":
        (prepared / "clearq").rename(private)
        private.chmod(0o777)
    else:
        private.touch()
    with mounted(tmp_path / "home", "ro") as home, pytest.raises(BootstrapFailed) as failure:
        await bootstrap(Shell(home), echo_payload, asked)
    assert str(private) in str(failure.value)


def test_network_file_systems_come_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nfs, local = tmp_path / "nfs home", tmp_path / "local"
    nfs.mkdir()
    mounts = [("/", "ext4"), (f"{nfs}/", "nfs4")]
    monkeypatch.setattr("remote_agent.install._mounts", lambda: mounts)
    roots = [f"{nfs}/a/b/c", f"{local}/a/b/c"]
    assert by_preference(roots) == roots[::-1]


def test_mount_points_are_read_as_the_kernel_writes_them(tmp_path: Path) -> None:
    from remote_agent.install import _mounts

    with mounted(tmp_path / "with a space", "size=64k") as point:
        assert (f"{point}/", "tmpfs") in _mounts()
