"""Much code, much output, strange output: every byte as it was."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

from clearq_tui.model import TaskState
from tests.fleet_of_namespaces.cluster import Cluster
from tests.fleet_of_namespaces.machine_options import MachineOptions

CODE_BYTES = 24 << 20
LOG_BYTES = 32 << 20


def test_much_code_arrives_through_broken_links(cluster: Cluster, tmp_path: Path) -> None:
    """The session is killed again and again while the code is on its way; it goes on each time."""
    machine = cluster.fleet.machine()
    cluster.add(machine)
    cluster.wait_until_online(machine)
    code = tmp_path / "code"
    code.mkdir()
    data = random.Random(1).randbytes(CODE_BYTES)
    (code / "weights").write_bytes(data)
    task = cluster.enqueue(machine, ("sha256sum", "weights"), directory=code)
    parts = f"{machine.options.home}/.local/share/clearq/*/*/blobs/*.part"
    for fraction in (4, 2):
        cluster.wait(
            lambda: (
                _size(cluster, parts, machine.path("/")) > CODE_BYTES // fraction  # noqa: B023
                or cluster.state(task).is_ended
            ),
            "some of the code to arrive",
        )
        machine.kill("sshd-sessions")
    cluster.wait_for_state(task, TaskState.COMPLETED, seconds=60)
    assert hashlib.sha256(data).hexdigest() in cluster.wait_for_whole_log(task).decode()


def _size(cluster: Cluster, pattern: str, root: Path) -> int:
    return sum(path.stat().st_size for path in root.glob(pattern.lstrip("/")))


def test_much_output_arrives_whole(cluster: Cluster) -> None:
    machine = cluster.fleet.machine()
    cluster.add(machine)
    script = f"seq 1 100000000 | head -c {LOG_BYTES}"
    task = cluster.enqueue(machine, ("sh", "-c", script))
    cluster.wait_for_state(task, TaskState.COMPLETED, seconds=60)
    log = cluster.wait_for_whole_log(task, seconds=60)
    assert len(log) == LOG_BYTES
    lines = log.split(b"\n")
    assert lines[:-1] == [b"%d" % number for number in range(1, len(lines))]


def test_strange_output_is_kept_and_cannot_act(cluster: Cluster) -> None:
    machine = cluster.fleet.machine("strange", MachineOptions(noise=True))
    cluster.add(machine)
    data = bytes(range(256)) + b"\x1b]0;owned\x07\x1b[2J\xff\xfe no newline at the end"
    script = "import sys; sys.stdout.buffer.write(bytes.fromhex(sys.argv[1]))"
    task = cluster.enqueue(machine, ("python3", "-c", script, data.hex()))
    cluster.wait_for_state(task, TaskState.COMPLETED)
    assert cluster.wait_for_whole_log(task) == data
