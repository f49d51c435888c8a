"""The link is cut, or the controller killed, while a large wheel comes through the link."""

from __future__ import annotations

import base64
import os

from tests.faults.environments.yard import Yard

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


def kill_controller(yard: Yard) -> None:
    yard.cluster.laptop.kill_controller()
    # Any command that changes something starts the next one.
    yard.cluster.enqueue(yard.machine, ("true",), "--mode", "host")


def test_blob_goes_on_where_it_was(yard: Yard) -> None:
    """No byte of it that has arrived is sent again, whatever ends the link."""
    wheel = yard.package(
        "large", {"large/data": base64.b64encode(os.urandom(SIZE * 3 // 4)).decode()}
    )

    def wait_for_part(size: int) -> os.stat_result:
        def part() -> os.stat_result | None:
            found = [path.stat() for path in yard.root.glob("kept/*.part")]
            return next((each for each in found if each.st_size > size), None)

        stat = yard.cluster.wait(part, f"{size} bytes to arrive")
        assert stat is not None
        return stat

    with yard.machine.slow(RATE):
        task = yard.enqueue("large")
        began = wait_for_part(0)
        arrived, received = 0, yard.machine.received()
        for fault, at in ((cut, SIZE // 3), (kill_controller, 2 * SIZE // 3)):
            now = wait_for_part(at)
            assert yard.machine.received() - received < now.st_size - arrived + ROOM
            fault(yard)
            arrived, received = wait_for_part(0).st_size, yard.machine.received()
    yard.check_completed(task)
    assert yard.machine.received() - received < SIZE - arrived + ROOM
    assert began.st_ino in [path.stat().st_ino for path in yard.root.glob("kept/*")]
    assert yard.index.sent.count(wheel.name) == 1
    yard.check_nothing_is_left()
