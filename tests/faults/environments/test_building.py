"""An environment that is being built: aborted, and wanted by two at once."""

from __future__ import annotations

import time
from pathlib import Path

from clearq_tui.model import TaskState
from tests.faults.environments.yard import Yard


def test_abort(yard: Yard) -> None:
    yard.slow_package("baborted")
    task = yard.enqueue("baborted")
    yard.wait_until_building("baborted")
    assert ("packages", False) in yard.steps(task)
    began = time.monotonic()
    yard.cluster.laptop.clearq("task", "abort", str(task))
    yard.cluster.wait_for_state(task, TaskState.ABORTED)
    assert time.monotonic() - began < 5
    yard.check_nothing_is_left()
    yard.go_on("baborted")
    yard.retry(task)
    yard.check_completed(task, attempt=2)


def test_two_tasks_want_the_same_at_once(yard: Yard) -> None:
    """It is fetched once and built once; the second waits, and says why."""
    before = yard.environments()
    yard.slow_package("btwo")
    tasks = [yard.enqueue("btwo") for _ in range(2)]
    yard.wait_until_building("btwo")
    yard.cluster.wait(
        lambda: any(b"Waiting for another task" in yard.cluster.log(task) for task in tasks),
        "one to wait for the other",
    )
    yard.go_on("btwo")
    logs = [yard.check_completed(task) for task in tasks]
    assert sorted(log.count("Building an environment") for log in logs) == [0, 1]
    assert len(yard.environments() - before) == 1
    assert [name for name in yard.index.sent if name.startswith("btwo-")] == [
        "btwo-1.0-py3-none-any.whl"
    ]


def test_set_up_script_fails_in_its_middle(yard: Yard, tmp_path: Path) -> None:
    """No step after it begins, and the log says how far it came."""
    script = tmp_path / "setup.sh"
    script.write_text("echo before\n(exit 23)\necho after\n")
    yard.package("bscript")
    task = yard.enqueue("bscript", "--setup", str(script))
    assert yard.reason(task) == "set-up: the task's script ended with exit code 23."
    assert yard.steps(task)[-1] == ("set-up", True)
    log = yard.cluster.wait_for_whole_log(task).decode()
    assert "before\n" in log
    assert "after\n" not in log
    assert "ended with exit code 23" in log
