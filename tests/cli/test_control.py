"""Stopping the controller, and what a command does when it cannot start one."""

from __future__ import annotations

import fcntl
import os
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from clearq_tui import feed
from tests.cli.conftest import Clearq

HOLDER = """
import fcntl, os, sys, time
lock = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT, 0o600)
fcntl.flock(lock, fcntl.LOCK_EX)
os.write(lock, str(os.getpid()).encode())
print(flush=True)
time.sleep(60)
"""


@pytest.fixture
def holder(clearq: Clearq) -> Iterator[subprocess.Popen[bytes]]:
    """A process that holds the lock but listens nowhere."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, clearq.home.lock], stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.readline()
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_controller_that_does_not_listen_is_ended(
    clearq: Clearq, holder: subprocess.Popen[bytes]
) -> None:
    assert clearq("status", "--json").out.startswith(f'{{\n  "controller": {holder.pid},')
    said = clearq("down")
    assert (said.code, said.out) == (0, f"Stopped the controller, process {holder.pid}.\n")
    assert holder.wait(10) == -15
    assert clearq("down").err == "clearq: No controller runs.\n"


def test_a_second_controller_is_refused(clearq: Clearq, holder: subprocess.Popen[bytes]) -> None:
    said = clearq("up")
    assert said.code == 4
    assert f"Process {holder.pid} is the controller already" in said.err


def test_down_waits_until_the_controller_has_left(clearq: Clearq) -> None:
    lock = os.open(clearq.home.lock, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    os.write(lock, str(os.getpid()).encode())
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(clearq.home.socket))
        listener.listen()
        listener.settimeout(40)
        too_long = clearq("down", "--wait", "0.1")
        assert too_long.code == 1
        assert "has not left within 0.1 s" in too_long.err
        process = clearq.start("down")
        for _ in range(2):
            channel, _ = listener.accept()
            assert channel.recv(100) == b'{"type":"stop"}\n'
            channel.close()
        assert process.poll() is None
        os.close(lock)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (0, b"")
    assert out.startswith(b"Stopped the controller")
    assert feed.controller_pid(clearq.home) is None
