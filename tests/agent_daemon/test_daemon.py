"""The daemon as a process: what it promises through kills, upgrades, rivals and nonsense."""

from __future__ import annotations

import hashlib
import os
import signal
import socket
import struct
from pathlib import Path

import pytest

from remote_agent.messages import (
    Abort,
    Acknowledge,
    Lease,
    Need,
    Ping,
    Pong,
    Pull,
    Refused,
    Release,
    Sample,
    Uninstall,
    Upgrade,
    Workers,
)
from remote_agent.wire import BlobPiece, encode_blob_piece
from tests.agent_daemon.agent import Agent, hello, installed, spec
from tests.bootstrap.mounts import fill, mounted
from tests.fleet_of_namespaces.waiting import wait_for


def test_a_task_from_lease_to_release(agent: Agent) -> None:
    with agent.attached(1) as laptop:
        laptop.say(Workers({"w": 1}), Lease("1.1", spec("sh", "-c", "echo out; echo err >&2")))
        laptop.event("1.1", "accepted")
        laptop.event("1.1", "started")
        ended = laptop.event("1.1", "ended")
        assert ended.data["outcome"] == "completed"
        assert sorted(laptop.whole_log("1.1").split()) == [b"err", b"out"]
        laptop.say(Acknowledge(ended.seq), Release("1.1"))
        laptop.event("1.1", "released")
    wait_for(lambda: not Path(agent.layout.attempt("1.1")).exists(), "the directory to go")


def test_a_log_arrives_while_the_task_runs_and_credit_is_kept(agent: Agent) -> None:
    script = "echo first; read x < fifo; head -c 200000 /dev/zero; echo end"
    with agent.attached(1) as laptop:
        laptop.say(
            Lease("1.1", spec("sh", "-c", "mkfifo fifo; " + script)), Pull("1.1", {"log": 0}, 6)
        )
        laptop.read_until(lambda: laptop.pieces, "the first line")
        assert laptop.pieces[0].data == b"first\n"
        fifo = Path(agent.layout.attempt("1.1")).rglob("fifo")
        next(fifo).write_text("go\n")
        laptop.event("1.1", "ended")
        assert len(laptop.pieces) == 1, "it had no credit for more"
        laptop.say(Pull("1.1", {"log": 6}, 1 << 20))
        assert laptop.rest_of_log("1.1") == b"first\n" + bytes(200000) + b"end\n"


def test_killed_daemon_leaves_its_runners_to_the_next(agent: Agent, tmp_path: Path) -> None:
    ledger, gate = tmp_path / "ledger", tmp_path / "gate"
    os.mkfifo(gate)
    line = f"echo started >>{ledger}; read x <{gate}; exit 7"
    with agent.attached(1) as laptop:
        laptop.say(Lease("5.1", spec("sh", "-c", line)))
        laptop.event("5.1", "started")
        journal = laptop.welcome.journal if laptop.welcome else ""
    agent.kill()
    assert agent.start() == "ready"
    with agent.attached(2, journal=journal) as laptop:
        laptop.event("5.1", "accepted")
        laptop.event("5.1", "started")
        gate.write_text("go\n")
        assert laptop.event("5.1", "ended").data["exit_code"] == 7
    assert ledger.read_text() == "started\n"


def test_what_ends_while_no_daemon_lives_is_told(agent: Agent, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    with agent.attached(1) as laptop:
        laptop.say(Lease("5.1", spec("sh", "-c", f"read x <{gate}; echo done")))
        laptop.event("5.1", "started")
    agent.kill()
    gate.write_text("go\n")
    wait_for((Path(agent.layout.attempt("5.1")) / "result.json").exists, "the result")
    assert agent.start() == "ready"
    with agent.attached(2) as laptop:
        assert laptop.event("5.1", "ended").data["outcome"] == "completed"
        assert laptop.whole_log("5.1") == b"done\n"


def test_upgrade_keeps_pid_runners_and_socket(agent: Agent, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    new = installed(agent.root, "c" * 64)
    with agent.attached(1) as laptop:
        laptop.say(Lease("5.1", spec("sh", "-c", f"read x <{gate}; echo $PPID")))
        laptop.event("5.1", "started")
        laptop.say(Upgrade(str(new)))
        laptop.wait_until_closed()
    with agent.attached(2) as laptop:
        assert laptop.welcome is not None
        assert laptop.welcome.build == "c" * 64
        assert laptop.welcome.facts["pid"] == agent.pid
        gate.write_text("go\n")
        assert laptop.event("5.1", "ended").data["outcome"] == "completed"
        laptop.say(Lease("6.1", spec("true")))
        laptop.event("6.1", "ended")
    assert agent.start() == "taken"


@pytest.mark.parametrize("kind", ["elsewhere", "missing", "half"])
def test_upgrade_to_what_is_no_build_is_refused(kind: str, agent: Agent, tmp_path: Path) -> None:
    directory = agent.root / "agents" / ("d" * 64)
    if kind == "elsewhere":
        directory = installed(tmp_path / "x" / "y" / "z", "d" * 64)
    elif kind == "half":
        directory = installed(agent.root, "d" * 64)
        (directory / "remote_agent" / "core.py").write_text("half")
    with agent.attached(1) as laptop:
        laptop.say(Upgrade(str(directory)))
        assert "cannot go on as another build" in laptop.hear(Refused).reason
        laptop.say(Lease("1.1", spec("true")))
        laptop.event("1.1", "ended")


def test_a_newer_attach_fences_the_older(agent: Agent) -> None:
    with agent.attached(5) as old, agent.attached(6) as new:
        old.wait_until_closed()
        with agent.laptop() as late:
            late.say(hello(6))
            assert "not above 6" in late.hear(Refused).reason
            late.wait_until_closed()
        new.say(Ping(3))
        assert new.hear(Pong).token == 3


def test_another_store_is_refused(agent: Agent) -> None:
    with agent.laptop() as laptop:
        laptop.say(hello(1, store="other"))
        assert "another store" in laptop.hear(Refused).reason


def test_there_is_one_daemon(agent: Agent) -> None:
    other = Agent(agent.root)
    assert other.start() == "taken"


@pytest.mark.parametrize(
    "nonsense",
    [b"\xff" * 64, struct.pack(">IB", 3, 1) + b"{}}", struct.pack(">IB", 0, 3), b"GET / HTTP/1.1"],
)
def test_nonsense_ends_the_link_and_nothing_else(nonsense: bytes, agent: Agent) -> None:
    with agent.attached(1) as good, agent.laptop() as bad:
        bad.write(nonsense)
        bad.wait_until_closed()
        good.say(Ping(1))
        good.hear(Pong)
    assert "broke the protocol" in agent.log()


def test_another_account_is_refused(agent: Agent) -> None:
    if os.getuid() != 0:
        pytest.skip("only root can be another account; the peer's uid is NOT tested")
    for path in [agent.root, *agent.root.parents]:
        if path.stat().st_uid == 0 and path != Path("/"):
            path.chmod(path.stat().st_mode | 0o55)
    Path(agent.layout.socket).chmod(0o777)
    child = os.fork()
    if child == 0:
        status = 3
        try:
            os.setuid(65534)
            with socket.socket(socket.AF_UNIX) as stranger:
                stranger.settimeout(30)
                stranger.connect(agent.layout.socket)
                status = 0 if stranger.recv(1) == b"" else 1
        finally:
            os._exit(status)
    assert os.waitpid(child, 0)[1] == 0


def test_a_blob_is_asked_for_and_then_the_task_starts(agent: Agent) -> None:
    data = os.urandom(100_000)
    sha256 = hashlib.sha256(data).hexdigest()
    wanted = spec("true", blobs=[{"sha256": sha256, "size": len(data)}])
    with agent.attached(1) as laptop:
        laptop.say(Lease("1.1", wanted))
        assert laptop.hear(Need) == Need(sha256, 0)
        laptop.write(encode_blob_piece(BlobPiece(sha256, 0, data[:65536])))
        laptop.write(encode_blob_piece(BlobPiece(sha256, 65536, data[65536:])))
        assert laptop.event("1.1", "ended").data["outcome"] == "completed"


@pytest.mark.parametrize("data", [b"", b"all of it was here"])
def test_an_empty_piece_completes_a_blob(data: bytes, agent: Agent) -> None:
    """Of an empty blob, and of one whose last bytes arrived just before the daemon was killed."""
    sha256 = hashlib.sha256(data).hexdigest()
    if data:
        (Path(agent.layout.blobs) / f"{sha256}.part").write_bytes(data)
    with agent.attached(1) as laptop:
        laptop.say(Lease("1.1", spec("true", blobs=[{"sha256": sha256, "size": len(data)}])))
        assert laptop.hear(Need) == Need(sha256, len(data))
        laptop.write(encode_blob_piece(BlobPiece(sha256, len(data), b"")))
        assert laptop.event("1.1", "ended").data["outcome"] == "completed"


def test_abort_reaches_the_task(agent: Agent) -> None:
    with agent.attached(1) as laptop:
        laptop.say(
            Lease("1.1", spec("sh", "-c", "trap 'echo bye; exit 0' TERM; echo on; sleep 60 & wait"))
        )
        laptop.say(Pull("1.1", {"log": 0}, 1 << 20))
        laptop.read_until(lambda: laptop.pieces, "the task to trap the signal")
        laptop.say(Abort("1.1", 10.0))
        assert laptop.event("1.1", "ended").data["outcome"] == "aborted"
        assert laptop.rest_of_log("1.1") == b"on\nbye\n"


def test_samples_come_while_somebody_is_attached(agent: Agent) -> None:
    with agent.attached(1) as laptop:
        assert laptop.hear(Sample).sample["cores"] == os.cpu_count()
        children = Path(f"/proc/{agent.pid}/task/{agent.pid}/children")
        assert children.read_text()
    wait_for(lambda: not children.read_text(), "the sampler to be ended")


def test_uninstall_waits_for_the_last_attempt(agent: Agent, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    with agent.attached(1) as laptop:
        laptop.say(Lease("1.1", spec("sh", "-c", f"read x <{gate}")), Uninstall())
        assert "#1.1" in laptop.hear(Refused).reason
        gate.write_text("go\n")
        laptop.event("1.1", "ended")
        laptop.say(Uninstall())
        laptop.wait_until_closed()
    assert agent.wait() == 0
    assert not (tmp_path / "clearq").exists()


@pytest.mark.parametrize("adopted", [False, True])
def test_a_killed_runner_is_noticed(adopted: bool, agent: Agent) -> None:
    with agent.attached(1) as laptop:
        laptop.say(Lease("1.1", spec("sleep", "600")))
        laptop.event("1.1", "started")
    if adopted:
        agent.kill()
        assert agent.start() == "ready"
    with agent.attached(2) as laptop:
        lock = Path(agent.layout.attempt("1.1")) / "lock"
        os.kill(int(lock.read_text().split()[0]), signal.SIGKILL)
        assert laptop.event("1.1", "ended").data["outcome"] == "lost"


def test_a_full_disk_is_said_and_nothing_is_forgotten(tmp_path: Path) -> None:
    """Outcomes still fit into the journal's reserve; what does not is refused with a sentence."""
    with (
        mounted(tmp_path / "disk", "size=8m,mode=700") as disk,
        Agent(disk / "clearq" / "store" / "machine") as agent,
    ):
        gate = tmp_path / "gate"
        os.mkfifo(gate)
        with agent.attached(1) as laptop:
            laptop.say(Lease("1.1", spec("sh", "-c", f"read x <{gate}")))
            laptop.event("1.1", "started")
            fill(disk / "full")
            huge = spec("true", environment={"NAME": "x" * 200_000})
            laptop.say(Lease("2.1", huge))
            assert "No space left on device" in laptop.hear(Refused).reason
            laptop.wait_until_closed()
        assert agent.wait() == 1
        assert agent.start() == "ready"
        with agent.attached(2) as laptop:
            gate.write_text("go\n")
            laptop.event("1.1", "started")
            assert laptop.event("1.1", "ended").data["outcome"] == "completed"
