"""The link is cut, or an end of it killed, while a large wheel comes through it."""

from __future__ import annotations

import base64
import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.faults.environments.yard import Yard
from tests.fleet_of_namespaces.agent_processes import daemons
from tests.fleet_of_namespaces.fixtures import lacking
from tests.fleet_of_namespaces.network import CannotBeSlow

SIZE = 30 << 20
RATE = 15 << 20
"""Bytes a second, so that there is a middle to be cut in."""
ROOM = 3 << 20
"""Bytes that come besides the blob: what was under way, SSH, the agent's messages."""


def cut(yard: Yard) -> None:
    """As by a lost network: neither end is told, until the machine is there again."""
    yard.machine.cut()
    yard.machine.kill("sshd-sessions")
    yard.machine.heal()


def kill_daemon(yard: Yard) -> None:
    for daemon in daemons(yard.machine):
        daemon.send(signal.SIGKILL)


def kill_controller(yard: Yard) -> None:
    yard.cluster.laptop.kill_controller()
    # Any command that changes something starts the next one.
    yard.cluster.enqueue(yard.machine, ("true",), "--mode", "host")


FAULTS = ((cut, SIZE // 4), (kill_daemon, SIZE // 2), (kill_controller, 3 * SIZE // 4))
"""Each with how much of the blob has arrived by then."""


@pytest.fixture
def slow_cable(yard: Yard) -> Iterator[None]:
    """For the time of the test."""
    with ExitStack() as stack:
        try:
            stack.enter_context(yard.machine.slow(RATE))
        except CannotBeSlow as why:
            lacking.add(str(why))
            pytest.skip(str(why))
        yield


@pytest.mark.usefixtures("slow_cable")
def test_blob_goes_on_where_it_was(yard: Yard) -> None:
    """No byte of it that has arrived is sent again, whatever ends the link."""
    data = base64.b64encode(os.urandom(SIZE * 3 // 4)).decode()
    wheel = yard.package("large", {"large/data": data})
    task = yard.enqueue("large")
    began = wait_for_part(yard, 0)
    arrived, received = 0, yard.machine.received()
    for fault, at in FAULTS:
        now = wait_for_part(yard, at)
        assert yard.machine.received() - received < now.st_size - arrived + ROOM
        fault(yard)
        arrived, received = wait_for_part(yard, 0).st_size, yard.machine.received()
    yard.check_completed(task)
    assert yard.machine.received() - received < SIZE - arrived + ROOM
    assert began.st_ino in [path.stat().st_ino for path in yard.root.glob("kept/*")]
    assert yard.index.sent.count(wheel.name) == 1
    yard.check_nothing_is_left()


def wait_for_part(yard: Yard, size: int) -> os.stat_result:
    """Until more than that of the blob has arrived, which is not all of it."""

    def part() -> os.stat_result | None:
        found = [path.stat() for path in yard.root.glob("kept/*.part")]
        return next((each for each in found if each.st_size > size), None)

    stat = yard.cluster.wait(part, f"{size} bytes to arrive")
    assert stat is not None
    return stat
