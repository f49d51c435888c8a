"""Results over real SSH: through a link that is cut, from machines that lie asleep or reboot."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from clearq_tui.cli.output_documents import OutputsDocument
from clearq_tui.model import TaskState
from clearq_tui.store import Store, outputs
from clearq_tui.store.output_types import OutputState
from tests.fleet_of_namespaces.cluster import Cluster

LARGE = 200 << 20
PART = "*.parts/*"


def files(cluster: Cluster, task: int) -> OutputsDocument:
    document: OutputsDocument = json.loads(
        cluster.laptop.clearq("task", "outputs", str(task), "--json")
    )
    return document


def state(cluster: Cluster, task: int, path: str) -> OutputState | None:
    with Store.open(cluster.laptop.home.database) as store:
        found = outputs.file(store, task, 1, path)
    return found.state if found else None


def arrived(cluster: Cluster, task: int) -> int:
    parts = cluster.laptop.home.output_parts(task, 1)
    return sum(part.stat().st_size for part in parts.glob("*")) if parts.exists() else 0


def test_a_large_file_comes_through_broken_links(cluster: Cluster) -> None:
    machine = cluster.fleet.machine()
    cluster.add(machine)
    script = f"head -c {LARGE} /dev/urandom > $CLEARQ_OUTPUT/large; sha256sum $CLEARQ_OUTPUT/large"
    task = cluster.enqueue(machine, ("sh", "-c", script))
    cluster.wait_for_state(task, TaskState.COMPLETED, seconds=60)
    wanted = cluster.wait_for_whole_log(task).split()[0].decode()
    fetching = cluster.laptop.start("task", "fetch", str(task))
    reached = 0
    for fraction in (4, 2):
        cluster.wait(
            lambda: arrived(cluster, task) > LARGE // fraction,  # noqa: B023 - called here
            "some of the file to arrive",
        )
        machine.kill("sshd-sessions")
        assert arrived(cluster, task) >= reached, "it was begun again"
        reached = arrived(cluster, task)
    said, _ = fetching.communicate(timeout=60)
    assert fetching.returncode == 0, said
    data = Path(said.strip()).read_bytes()
    assert hashlib.sha256(data).hexdigest() == wanted
    (file,) = files(cluster, task)["files"]
    assert (file["state"], file["sha256"]) == ("whole", wanted)


def test_what_changes_on_the_machine_is_begun_again(cluster: Cluster) -> None:
    machine = cluster.fleet.machine()
    cluster.add(machine)
    script = f"cd $CLEARQ_OUTPUT; head -c {LARGE} /dev/zero > large; sleep 600"
    task = cluster.enqueue(machine, ("sh", "-c", script))
    cluster.wait_for_state(task, TaskState.RUNNING)

    def is_listed() -> bool:
        return [file["size"] for file in files(cluster, task)["files"]] == [LARGE]

    cluster.wait(is_listed, "the whole file to be listed")
    cluster.laptop.clearq("task", "fetch", str(task), "--no-wait")
    cluster.wait(lambda: arrived(cluster, task) > 0, "some of the file")
    (path,) = machine.path("/").glob(
        f"{machine.options.home}/.local/share/clearq/*/*/attempts/{task}.1/output/large".lstrip("/")
    )
    with path.open("r+b") as file:
        file.write(b"changed")
    said = cluster.laptop.clearq("task", "fetch", str(task))
    with Path(said.strip()).open("rb") as fetched:
        assert fetched.read(8) == b"changed\0"
    assert Path(said.strip()).stat().st_size == LARGE
    cluster.laptop.clearq("task", "abort", "--kill", str(task))


def test_output_survives_a_restart_of_the_machine(cluster: Cluster) -> None:
    machine = cluster.fleet.machine()
    cluster.add(machine)
    script = "head -c 3000000 /dev/zero > $CLEARQ_OUTPUT/f; echo small > $CLEARQ_OUTPUT/small"
    task = cluster.enqueue(machine, ("sh", "-c", script))
    cluster.wait_for_state(task, TaskState.COMPLETED)
    cluster.wait(lambda: state(cluster, task, "small") is OutputState.WHOLE, "the small one")
    machine.reboot()
    fetched = cluster.laptop.clearq("task", "fetch", str(task))
    assert [Path(line).name for line in fetched.splitlines()] == ["small", "f"]


def test_scalars_are_live_and_whole_in_the_end(cluster: Cluster) -> None:
    machine = cluster.fleet.machine()
    cluster.add(machine)
    script = (
        "echo '{\"loss\": 1}' >> $CLEARQ_SCALARS; until test -e go; do sleep 0.05; done; "
        "seq 1 20000 | sed 's/.*/{\"loss\": &}/' >> $CLEARQ_SCALARS"
    )
    task = cluster.enqueue(machine, ("sh", "-c", script))
    cluster.wait_for_state(task, TaskState.RUNNING)
    path = cluster.laptop.home.attempt_scalars(task, 1)
    cluster.wait(path.exists, "the first of the scalars")
    assert path.read_bytes() == b'{"loss": 1}\n'
    workspaces = f"{machine.options.home}/.local/share/clearq/*/*/attempts/{task}.1/workspace"
    (workspace,) = machine.path("/").glob(workspaces.lstrip("/"))
    machine.kill("sshd-sessions")
    (workspace / "go").touch()
    cluster.wait_for_state(task, TaskState.COMPLETED)
    cluster.wait_for_whole_log(task)
    lines = path.read_text().splitlines()
    assert lines[1:] == [f'{{"loss": {number}}}' for number in range(1, 20001)]
