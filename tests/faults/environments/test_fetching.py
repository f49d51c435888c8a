"""What goes wrong on the laptop while it fetches packages for a machine."""

from __future__ import annotations

import time
from pathlib import Path

from clearq_tui.model import TaskState
from tests.faults.environments.faulty_index import FaultyIndex, Hold
from tests.faults.environments.yard import Yard
from tests.provisioning.package_index import being_served


def wait_until_fetching(yard: Yard, hold: Hold, task: int) -> None:
    """Until the download stands still; the operator sees meanwhile what is fetched."""
    yard.cluster.wait(hold.reached.is_set, "the download to begin")

    def is_shown() -> bool:
        return any(
            name.startswith("fetch: fetching ") and not over for name, over in yard.steps(task)
        )

    yard.cluster.wait(is_shown, "the step to be shown")
    assert yard.fetching()


def test_controller_killed(yard: Yard) -> None:
    """The next one fetches it anew."""
    hold = yard.index.hold(yard.package("fkilled"))
    task = yard.enqueue("fkilled")
    wait_until_fetching(yard, hold, task)
    yard.cluster.laptop.kill_controller()
    hold.release()
    # Any command that changes something starts the next one.
    yard.cluster.enqueue(yard.machine, ("true",), "--mode", "host")
    yard.check_completed(task)
    yard.check_nothing_is_left()


def test_link_cut(yard: Yard) -> None:
    """What is being fetched goes on, for the next link."""
    wheel = yard.package("fcut")
    hold = yard.index.hold(wheel)
    task = yard.enqueue("fcut")
    wait_until_fetching(yard, hold, task)
    epoch = yard.cluster.agent(yard.machine).epoch
    yard.machine.kill("sshd-sessions")
    yard.cluster.wait(lambda: yard.cluster.agent(yard.machine).epoch > epoch, "the next link")
    yard.cluster.wait_until_online(yard.machine)
    hold.release()
    yard.check_completed(task)
    assert yard.index.sent.count(wheel.name) == 1


def test_abort(yard: Yard) -> None:
    """Ends at once, with what fetches for it."""
    hold = yard.index.hold(yard.package("faborted"))
    task = yard.enqueue("faborted")
    wait_until_fetching(yard, hold, task)
    began = time.monotonic()
    yard.cluster.laptop.clearq("task", "abort", str(task))
    yard.cluster.wait_for_state(task, TaskState.ABORTED)
    yard.cluster.wait(lambda: not yard.fetching(), "pip to end")
    assert time.monotonic() - began < 5
    yard.check_nothing_is_left()
    hold.release()
    yard.retry(task)
    yard.check_completed(task, attempt=2)


def test_index_goes_down(yard: Yard, tmp_path: Path) -> None:
    """Which one, and why, is said; once it is there again, so is the package."""
    other = FaultyIndex(tmp_path / "other")
    wanted = tmp_path / "requirements.txt"
    wanted.write_text(f"--index-url {other.url}\nfdown\n")
    with being_served(other):
        hold = other.hold(yard.package("fdown", index=other))
        task = yard.enqueue("fdown", "--requirements", str(wanted))
        wait_until_fetching(yard, hold, task)
    reason = yard.reason(task)
    assert other.url.removesuffix("/simple") in reason
    assert "cannot be reached from this laptop" in reason
    (step,) = yard.cluster.show(task)["attempts"][0]["steps"]
    assert (step["name"], step["failed"]) == ("fetch", True)
    yard.check_nothing_is_left()
    with being_served(FaultyIndex(tmp_path / "other", other.port)):
        yard.retry(task)
        yard.check_completed(task, attempt=2)
