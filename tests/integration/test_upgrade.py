"""A newer agent takes over from a running one; what runs does not notice."""

from __future__ import annotations

import shutil
from pathlib import Path

from clearq_tui.model import TaskState
from tests.fleet_of_namespaces.cluster import Cluster
from tests.fleet_of_namespaces.ledger import Witness, is_at_gate, open_gate, starts

ROOT = Path(__file__).parents[2]


def newer_code(directory: Path) -> Path:
    """A copy of clearq whose agent differs from ours, if only in a comment."""
    place = directory / "newer"
    for package in ("clearq_tui", "remote_agent"):
        shutil.copytree(
            ROOT / package, place / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    with (place / "remote_agent" / "wire.py").open("a") as source:
        source.write("# newer\n")
    return place


def test_upgrade_while_a_task_runs(cluster: Cluster, tmp_path: Path) -> None:
    machine = cluster.fleet.machine()
    cluster.add(machine)
    witness = Witness()
    task = cluster.enqueue(machine, witness.command())
    cluster.wait(lambda: is_at_gate(machine, task), "the task to be half-way")
    (command,) = [p for p in machine.processes("at-gate") if p.name == "sh"]
    before = cluster.agent(machine)
    cluster.laptop.clearq("down")

    cluster.laptop.use_code(newer_code(tmp_path))
    after = cluster.enqueue(machine, ("echo", "as new"))
    cluster.wait(lambda: cluster.agent(machine).build not in ("", before.build), "the new build")
    cluster.wait_until_online(machine)
    assert command.is_alive()
    open_gate(machine, task)
    cluster.wait_for_state(task, TaskState.FAILED)
    assert cluster.wait_for_whole_log(task) == witness.log()
    assert cluster.show(task)["exit_code"] == witness.exit_code
    cluster.wait_for_state(after, TaskState.COMPLETED)
    assert cluster.agent(machine).journal == before.journal
    assert starts(machine) == {f"{task}.1": 1}
