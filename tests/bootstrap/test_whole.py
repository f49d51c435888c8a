"""The real payload over real transports: from nothing on a machine to a daemon that welcomes us."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from clearq_tui.fleet.bootstrap import BootstrapFailed, Installed, bootstrap, install
from clearq_tui.fleet.payload import Payloads
from clearq_tui.fleet.transports.base import ByteStream, StreamRefused, Transport
from clearq_tui.fleet.transports.connect import connect
from remote_agent.layout import Layout
from remote_agent.messages import Hello, Welcome, decode_message, encode_message
from remote_agent.wire import CONTROL, PROTOCOL, FrameReader
from tests.bootstrap.echo_agent import Shell, request
from tests.bootstrap.mounts import fill, mounted
from tests.fleet.sshd import Sshd, needs_sshd
from tests.fleet_of_namespaces.pythons import find_python
from tests.fleet_of_namespaces.waiting import wait_for

STORE = "store1"


@pytest.fixture(scope="module")
def payloads(tmp_path_factory: pytest.TempPathFactory) -> Payloads:
    return Payloads(tmp_path_factory.mktemp("wheels"))


class Epochs:
    """Raises the epoch for each attach, and ends at the end of the test every daemon it met."""

    def __init__(self) -> None:
        self.last = 0
        self.roots: dict[int, str] = {}
        """By the pid of the daemon."""

    async def welcome(self, stream: ByteStream) -> Welcome:
        self.last += 1
        stream.write(encode_message(Hello(PROTOCOL, STORE, self.last, "", 0, time.time(), "build")))
        reader = FrameReader()
        async with asyncio.timeout(60):
            while data := await stream.read(65536):
                for frame in reader.feed(data):
                    assert frame.kind == CONTROL
                    message = decode_message(frame.payload)
                    assert isinstance(message, Welcome)
                    self.roots[message.facts["pid"]] = message.facts["root"]
                    return message
        raise AssertionError("the link was closed")


@pytest.fixture
def epochs() -> Iterator[Epochs]:
    made = Epochs()
    yield made
    for pid, root in made.roots.items():
        os.kill(pid, signal.SIGTERM)
        wait_for(partial(is_gone, pid), f"the daemon {pid} to end")
        layout = Layout(root)
        if layout.sockets != root:
            shutil.rmtree(layout.sockets)


def is_gone(pid: int) -> bool:
    """Nobody may be there to bury it."""
    try:
        return " Z " in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return True


async def bring(transport: Transport, payloads: Payloads, tmp_path: Path) -> Installed:
    return await bootstrap(transport, payloads.payload_for, request(tmp_path, build=payloads.build))


async def test_from_nothing_to_a_daemon(tmp_path: Path, payloads: Payloads, epochs: Epochs) -> None:
    there = await bring(Shell(tmp_path), payloads, tmp_path)
    welcome = await epochs.welcome(there.stream)
    assert welcome.build == payloads.build
    await there.stream.close()
    assert_detached(welcome.facts["pid"], str(Path(there.directory).parents[1] / "agent.log"))
    assert os.stat(there.socket_path).st_mode & 0o777 == 0o600  # noqa: PTH116


def assert_detached(pid: int, log: str) -> None:
    process = Path(f"/proc/{pid}")
    words = process.joinpath("stat").read_text().rpartition(")")[2].split()
    assert words[3] != str(os.getsid(0)), "it left our session"
    assert words[4] == "0", "it has no terminal"
    assert (process / "cwd").readlink() == Path("/")
    targets = {fd.name: str(fd.readlink()) for fd in process.joinpath("fd").iterdir()}
    assert targets["0"] == "/dev/null"
    assert targets["1"] == targets["2"] == log
    assert b"SSH_" not in (process / "environ").read_bytes()


async def test_second_time_finds_the_daemon(
    tmp_path: Path, payloads: Payloads, epochs: Epochs
) -> None:
    pids = set()
    for pushed in (True, False, False):
        there = await bring(Shell(tmp_path), payloads, tmp_path)
        assert there.pushed is pushed
        pids.add((await epochs.welcome(there.stream)).facts["pid"])
        await there.stream.close()
    assert len(pids) == 1


async def test_two_at_once_share_one_daemon(
    tmp_path: Path, payloads: Payloads, epochs: Epochs
) -> None:
    both = await asyncio.gather(*(bring(Shell(tmp_path), payloads, tmp_path) for _ in range(3)))
    pids = set()
    for there in both:
        pids.add((await epochs.welcome(there.stream)).facts["pid"])
    for there in both:
        await there.stream.close()
    assert len(pids) == 1


@pytest.mark.parametrize("version", ["3.8", "3.9", "3.10", "3.11", "3.12", "3.13"])
async def test_every_python_runs_the_daemon(
    version: str, tmp_path: Path, payloads: Payloads, epochs: Epochs
) -> None:
    python = find_python(version)
    if python is None:
        pytest.skip(f"there is no Python {version} here; the daemon is NOT tested with it")
    asked = request(tmp_path, build=payloads.build, python=str(python))
    there = await bootstrap(Shell(tmp_path), payloads.payload_for, asked)
    assert (await epochs.welcome(there.stream)).facts["python"].startswith(version)
    await there.stream.close()


async def test_disk_too_full_for_a_journal_is_said(tmp_path: Path, payloads: Payloads) -> None:
    with mounted(tmp_path / "home", "size=20m,mode=700") as home:
        asked = request(tmp_path, build=payloads.build)
        there = await install(Shell(home), payloads.payload_for, asked)
        fill(Path(there.directory).parents[1] / "full")
        with pytest.raises(BootstrapFailed, match=r"cannot start.*No space left on device"):
            await bring(Shell(home), payloads, tmp_path)


@needs_sshd
@pytest.mark.parametrize("kind", ["asyncssh", "openssh"])
async def test_over_ssh(
    kind: str, tmp_path: Path, sshd: Sshd, payloads: Payloads, epochs: Epochs
) -> None:
    sshd.stop()
    home = tmp_path / "home"
    home.mkdir()
    sshd.extra = [f"SetEnv HOME={home}"]
    sshd.start()
    destination = sshd.destination()
    transport = await connect(
        type(destination)(**{**vars(destination), "transport": kind}), sshd.surroundings()
    )
    try:
        there = await bring(transport, payloads, tmp_path)
        assert there.directory.startswith(str(home))
        await epochs.welcome(there.stream)
        await there.stream.close()
        try:
            direct = await transport.open_socket(there.socket_path)
        except StreamRefused:
            assert kind == "openssh"
        else:
            await epochs.welcome(direct)
            await direct.close()
    finally:
        await transport.close()
