"""Payloads that arrive cut off, damaged, twice at once; versions that stay and versions that go."""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import os
import subprocess
import sys
import time
import zlib
from pathlib import Path

import pytest

from clearq_tui.fleet import bootstrap as bootstrap_module
from clearq_tui.fleet.bootstrap import BootstrapFailed, bootstrap, install
from clearq_tui.fleet.exec_line import exec_line
from clearq_tui.fleet.payload import announce
from clearq_tui.fleet.platform import own_platform
from clearq_tui.fleet.transports.process_stream import start_process
from remote_agent.first_stage import machine_key
from remote_agent.install import sweep
from tests.bootstrap.echo_agent import Shell, echo_payload, request


def agents(home: Path) -> Path:
    return home / ".local/share/clearq/store1" / machine_key() / "agents"


async def test_damaged_payload(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = hashlib.sha256(b"other").hexdigest().encode()
    monkeypatch.setattr(
        bootstrap_module, "announce", lambda payload: announce(payload)[:15] + other + b"\n"
    )
    with pytest.raises(BootstrapFailed, match="arrived damaged"):
        await bootstrap(Shell(tmp_path), echo_payload, request(tmp_path))
    assert not agents(tmp_path).exists()


def test_cut_off_payload(tmp_path: Path) -> None:
    line = exec_line(request(tmp_path), "0" * 16, "attach")
    payload = echo_payload(own_platform())
    half = announce(payload) + payload[: len(payload) // 2]
    done = subprocess.run(
        ["/bin/sh", "-c", line],
        input=half,
        capture_output=True,
        check=True,
        env={"HOME": str(tmp_path), "PATH": os.environ["PATH"]},
    )
    assert b"cut off" in done.stdout
    assert not agents(tmp_path).exists()


async def test_manifest_that_does_not_fit(tmp_path: Path) -> None:
    """What the disk gives back is hashed; here it is the manifest that lies."""

    def lying(_platform: object) -> bytes:
        plain = zlib.decompress(echo_payload(own_platform()))
        truth = hashlib.sha256(b"").hexdigest().encode()
        start = plain.index(b'"', plain.index(b'"remote_agent/__init__.py"') + 30) + 1
        return zlib.compress(plain[:start] + truth + plain[start + 64 :])

    with pytest.raises(BootstrapFailed, match="reads back otherwise"):
        await bootstrap(Shell(tmp_path), lying, request(tmp_path))
    assert list(agents(tmp_path).iterdir()) == []


async def test_two_at_once(tmp_path: Path) -> None:
    asked = request(tmp_path)
    both = await asyncio.gather(
        *(bootstrap(Shell(tmp_path), echo_payload, asked) for _ in range(4))
    )
    for there in both:
        there.stream.write(b"x")
        assert await there.stream.read(1) == b"x"
        await there.stream.close()
    assert [path.name for path in agents(tmp_path).iterdir()] == ["b" * 64]


def test_what_vanishes_while_old_versions_are_swept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the temporary directory of another installation does."""
    (tmp_path / ("b" * 64)).mkdir()
    monkeypatch.setattr(os, "listdir", lambda _: [".new-gone", "b" * 64])
    sweep(str(tmp_path), "b" * 64)


async def test_damaged_installation_is_replaced(tmp_path: Path) -> None:
    asked = request(tmp_path)
    await (await bootstrap(Shell(tmp_path), echo_payload, asked)).stream.close()
    victim = agents(tmp_path) / ("b" * 64) / "remote_agent" / "attach.py"
    victim.write_text("")
    there = await bootstrap(Shell(tmp_path), echo_payload, asked)
    assert there.pushed
    assert victim.read_text()
    await there.stream.close()
    assert [path.name for path in agents(tmp_path).iterdir()] == ["b" * 64]


async def test_old_versions_go_and_what_runs_stays(tmp_path: Path) -> None:
    asked = request(tmp_path)
    builds = [letter * 64 for letter in "1234"]
    running = None
    for age, build in enumerate(builds):
        there = await install(
            Shell(tmp_path), echo_payload, dataclasses.replace(asked, build=build)
        )
        old = time.time() - 10_000 + 1000 * age
        os.utime(there.directory, (old, old))
        if running is None:
            running = await start_process(sys.executable, "-c", "input()", there.directory)
    left_over = agents(tmp_path) / ".new-crashed"
    left_over.mkdir()
    os.utime(left_over, (1, 1))
    try:
        await install(Shell(tmp_path), echo_payload, asked)
        names = sorted(path.name for path in agents(tmp_path).iterdir())
        assert names == [builds[0], builds[3], "b" * 64]
    finally:
        assert running is not None
        await running.close()


async def test_install_only_does_not_attach(tmp_path: Path) -> None:
    there = await install(Shell(tmp_path), echo_payload, request(tmp_path))
    assert there.pushed
    assert await there.stream.read(1) == b""
