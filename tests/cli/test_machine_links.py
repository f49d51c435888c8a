"""Adding a machine and following its link, its host key, its check, with a stand-in controller."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import socket
import subprocess
import time
from collections.abc import Iterator

import pytest

from clearq_tui.model import LinkState
from clearq_tui.operations import links
from clearq_tui.store import machines
from tests.cli.conftest import CLEARQ, Clearq

KEY: dict[str, str | int] = {
    "host": "gpu1",
    "port": 2222,
    "key_type": "ssh-ed25519",
    "fingerprint": "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU",
    "public_key": "ssh-ed25519 "
    "AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl",
    "line": "[gpu1]:2222 ssh-ed25519 …",
}
DEADLINE = 40.0


@pytest.fixture
def controller(clearq: Clearq) -> Iterator[socket.socket]:
    """Holds the lock and listens, so that `clearq` starts no other."""
    lock = os.open(clearq.home.lock, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    os.write(lock, str(os.getpid()).encode())
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(clearq.home.socket))
        listener.listen()
        listener.settimeout(DEADLINE)
        yield listener
    os.close(lock)


def set_link(clearq: Clearq, state: LinkState, reason: str = "") -> None:
    """What the controller would do, as soon as the machine is there."""
    deadline = time.monotonic() + DEADLINE
    with clearq.store() as store:
        while (machine := machines.by_name(store, "gpu1")) is None:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        if state is LinkState.HOST_KEY:
            links.set_host_key(store, machine.id, json.dumps(KEY), now=time.time())
        else:
            links.set_link(store, machine.id, state, reason, now=time.time())


def ended(process: subprocess.Popen[bytes]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=DEADLINE)
    return process.returncode, out.decode(), err.decode()


def heard(controller: socket.socket) -> bytes:
    channel, _ = controller.accept()
    with channel:
        return channel.recv(100)


@pytest.mark.usefixtures("controller")
def test_a_machine_comes_online(clearq: Clearq) -> None:
    process = clearq.start("machine", "add", "gpu1")
    set_link(clearq, LinkState.INSTALLING, "sends the agent")
    assert process.stderr is not None
    assert process.stderr.readline() == b"clearq: gpu1: installing sends the agent\n"
    set_link(clearq, LinkState.ONLINE)
    assert ended(process) == (0, "gpu1 is online.\n", "")


@pytest.mark.usefixtures("controller")
@pytest.mark.parametrize("state", [LinkState.FAILED, LinkState.OFFLINE])
def test_a_machine_that_fails_says_why(clearq: Clearq, state: LinkState) -> None:
    process = clearq.start("machine", "add", "me@gpu1")
    set_link(clearq, state, "Nobody is at home.")
    assert ended(process) == (1, "", f"clearq: gpu1 is {state}: Nobody is at home.\n")


@pytest.mark.usefixtures("controller")
def test_a_machine_that_says_nothing(clearq: Clearq) -> None:
    code, _, err = ended(clearq.start("machine", "add", "gpu1", "--timeout", "0.1"))
    assert code == 1
    assert err.startswith("clearq: gpu1 is not online after 0.1 s; the controller goes on trying.")


@pytest.mark.usefixtures("controller")
def test_an_unknown_host_key_without_a_terminal(clearq: Clearq) -> None:
    process = clearq.start("machine", "add", "gpu1")
    set_link(clearq, LinkState.HOST_KEY)
    code, out, err = ended(process)
    assert (code, out) == (5, "")
    assert str(KEY["fingerprint"]) in err
    assert "clearq machine trust gpu1" in err
    assert str(KEY["fingerprint"]) in clearq("machine", "show", "gpu1").out
    assert not clearq.home.known_hosts.exists()


def test_trusting_a_host_key(clearq: Clearq, controller: socket.socket) -> None:
    clearq("machine", "add", "gpu1", "--no-start")
    assert heard(controller) == b'{"type":"nudge"}\n'
    set_link(clearq, LinkState.HOST_KEY)
    said = clearq("machine", "trust", "gpu1")
    assert (said.code, said.out) == (0, f"Accepted {KEY['fingerprint']} for gpu1.\n")
    assert clearq.home.known_hosts.read_text() == f"[gpu1]:2222 {KEY['public_key']}\n"
    assert clearq.home.known_hosts.stat().st_mode & 0o777 == 0o600
    assert heard(controller) == b'{"type":"nudge"}\n'
    assert clearq("machine", "trust", "gpu1").code == 3


@pytest.mark.usefixtures("controller")
@pytest.mark.parametrize(("answer", "code"), [(b"y\n", 0), (b"n\n", 5), (b"\n", 5)])
def test_an_unknown_host_key_is_asked_about(clearq: Clearq, answer: bytes, code: int) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [CLEARQ, "machine", "add", "gpu1"],
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs,
        env=clearq.environment(),
    )
    os.close(theirs)
    set_link(clearq, LinkState.HOST_KEY)
    said = b""
    while b"[y/N]" not in said:
        said += os.read(ours, 1000)
    assert str(KEY["fingerprint"]).encode() in said
    os.write(ours, answer)
    if code == 0:
        deadline = time.monotonic() + DEADLINE
        while not clearq.home.known_hosts.exists():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        with clearq.store() as store:
            while (machine := machines.by_name(store, "gpu1")) and machine.host_key:
                assert time.monotonic() < deadline
                time.sleep(0.01)
        set_link(clearq, LinkState.ONLINE)
    assert process.wait(DEADLINE) == code
    assert clearq.home.known_hosts.exists() is (code == 0)
    assert process.stdout is not None
    process.stdout.close()
    os.close(ours)


def test_checking_machines(clearq: Clearq) -> None:
    assert clearq("machine", "check", "local").code == 0
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        clearq("machine", "add", f"127.0.0.1:{port}", "--name", "gpu1", "--no-start")
        said = clearq("machine", "check", "gpu1", "--json")
    assert said.code == 1
    steps = json.loads(said.out)
    assert tuple(steps[-1]) == ("step", "ok", "sentence")
    assert steps[-1]["step"] == "tcp"
    assert steps[-1]["ok"] is False
    assert all(step["ok"] for step in steps[:-1])
    assert clearq("machine", "check", "nowhere").code == 3
