"""Code reaches machines as it is in the working tree, with git there or without."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from clearq_tui.model import TaskState
from tests.fleet_of_namespaces.cluster import Cluster
from tests.fleet_of_namespaces.machine_options import MachineOptions

LOOK = "cat kept changed staged new; ls; cd deep && cat file; test -x ../tool && ../tool"
SEEN = "kept\nchanged after\nstaged\nnew\nchanged\ndeep\nkept\nnew\nstaged\ntool\ndeep file\nran\n"


def git(directory: Path, *arguments: str) -> None:
    """Run git as somebody with a name."""
    identity = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    subprocess.run(["git", *identity, *arguments], cwd=directory, check=True, capture_output=True)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A working tree with every kind of change."""
    top = tmp_path / "tree"
    (top / "deep").mkdir(parents=True)
    git(top, "init", "--quiet")
    for name in ("kept", "changed", "removed"):
        (top / name).write_text(f"{name}\n")
    (top / "deep" / "file").write_text("deep file\n")
    (top / "tool").write_text("#!/bin/sh\necho ran\n")
    (top / "tool").chmod(0o755)
    (top / ".gitignore").write_text("ignored\n")
    git(top, "add", ".")
    git(top, "commit", "--quiet", "--message", "First")
    (top / "changed").write_text("changed after\n")
    (top / "staged").write_text("staged\n")
    git(top, "add", "staged")
    (top / "removed").unlink()
    (top / "new").write_text("new\n")
    (top / "ignored").write_text("ignored\n")
    return top


@pytest.mark.parametrize("has_git", [True, False])
def test_working_tree_with_changes(cluster: Cluster, tree: Path, has_git: bool) -> None:
    options = MachineOptions(removed=() if has_git else ("git",))
    machine = cluster.fleet.machine(options=options)
    cluster.add(machine)
    task = cluster.enqueue(machine, ("sh", "-c", LOOK), directory=tree)
    (tree / "changed").write_text("later edit\n")
    cluster.wait_for_state(task, TaskState.COMPLETED)
    assert cluster.wait_for_whole_log(task).decode().endswith(SEEN)
    again = cluster.enqueue(machine, ("cat", "changed"), directory=tree)
    cluster.wait_for_state(again, TaskState.COMPLETED)
    assert cluster.wait_for_whole_log(again).decode().endswith("later edit\n")


def test_single_script_without_git_around_it(cluster: Cluster, tmp_path: Path) -> None:
    machine = cluster.fleet.machine(options=MachineOptions(removed=("git",)))
    cluster.add(machine)
    directory = tmp_path / "scripts"
    directory.mkdir()
    (directory / "train.py").write_text("import sys\nprint('trained', sys.argv[1])\nsys.exit(3)\n")
    task = cluster.enqueue(machine, ("python3", "train.py", "long"), directory=directory)
    cluster.wait_for_state(task, TaskState.FAILED)
    assert cluster.wait_for_whole_log(task).decode().endswith("trained long\n")
    assert cluster.show(task)["exit_code"] == 3


def test_command_that_does_not_exist_fails_with_a_sentence(cluster: Cluster) -> None:
    machine = cluster.fleet.machine()
    cluster.add(machine)
    task = cluster.enqueue(machine, ("no-such-command",))
    cluster.wait_for_state(task, TaskState.FAILED)
    assert "no-such-command" in cluster.show(task)["attempts"][0]["reason"]
