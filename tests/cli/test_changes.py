"""What commands change, what they refuse, and with which exit codes and sentences."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Clearq


def listed(clearq: Clearq, noun: str) -> dict[str, dict[str, object]]:
    entries = clearq(noun, "list", "--json").json()
    assert isinstance(entries, list)
    return {str(entry["name"]): entry for entry in entries}


def order(clearq: Clearq) -> str:
    return clearq("task", "list", "--sort", "queue", "--ids").out.replace("\n", " ").strip()


@pytest.fixture
def three(clearq: Clearq) -> Clearq:
    for name in ("one", "two", "three"):
        clearq("enqueue", "--no-code", "--no-start", "--name", name, "true")
    return clearq


def test_first_use_prepares_the_store(fresh: Clearq) -> None:
    assert set(listed(fresh, "machine")) == {"local"}
    assert set(listed(fresh, "worker")) == {"local"}
    assert set(listed(fresh, "queue")) == {"default", "services"}
    assert fresh.home.database.stat().st_mode & 0o777 == 0o600
    assert fresh.home.root.stat().st_mode & 0o777 == 0o700


def test_queues(clearq: Clearq) -> None:
    assert clearq("queue", "add", "gpu").code == 0
    assert clearq("queue", "pause", "gpu").code == 0
    assert listed(clearq, "queue")["gpu"]["paused"] is True
    assert clearq("queue", "resume", "gpu").code == 0
    assert clearq("queue", "rename", "gpu", "big").code == 0
    assert clearq("queue", "default", "big").code == 0
    assert listed(clearq, "queue")["big"]["default"] is True
    assert clearq("enqueue", "--no-code", "--no-start", "true").code == 0
    assert listed(clearq, "queue")["big"]["waiting"] == 1
    assert clearq("queue", "remove", "big").code == 4
    assert clearq("queue", "default", "default").code == 0
    refused = clearq("queue", "remove", "big")
    assert refused.code == 4
    assert "wait in big" in refused.err
    assert clearq("queue", "remove", "big", "--force").code == 0
    assert "big" not in listed(clearq, "queue")
    assert clearq("queue", "add", "default").code == 4
    assert clearq("queue", "clear", "default").err == "clearq: 0 tasks of default are drafts now.\n"


def test_workers(clearq: Clearq) -> None:
    added = clearq(
        "worker", "add", "local:gpu", "--machine", "local", "--slots", "2",
        "--queue", "services", "--queue", "default", "--policy", "round-robin",
    )  # fmt: skip
    assert added.code == 0, added
    worker = listed(clearq, "worker")["local:gpu"]
    assert worker["queues"] == ["services", "default"]
    assert (worker["slots"], worker["policy"], worker["draining"]) == (2, "round-robin", False)
    assert clearq("worker", "drain", "local:gpu").code == 0
    assert listed(clearq, "worker")["local:gpu"]["draining"] is True
    assert clearq("worker", "undrain", "local:gpu").code == 0
    changed = clearq("worker", "set", "local:gpu", "--slots", "3", "--policy", "strict")
    assert changed.code == 0
    worker = listed(clearq, "worker")["local:gpu"]
    assert (worker["slots"], worker["policy"]) == (3, "strict")
    assert worker["queues"] == ["services", "default"]
    assert clearq("worker", "set", "local:gpu", "--slots", "9", "--queue", "nope").code == 3
    assert listed(clearq, "worker")["local:gpu"]["slots"] == 3
    assert clearq("worker", "set", "local:gpu", "--queue", "default", "--name", "w").code == 0
    assert listed(clearq, "worker")["w"]["queues"] == ["default"]
    assert clearq("worker", "set", "w").code == 2
    assert clearq("worker", "remove", "w").code == 0
    assert clearq("worker", "remove", "w").code == 3
    assert clearq("worker", "add", "w", "--machine", "nowhere").code == 3


def test_machines(clearq: Clearq) -> None:
    added = clearq(
        "machine", "add", "me@gpu1:2222", "--identity", "/keys/k", "--jump", "bastion",
        "--transport", "openssh", "--python", "/opt/python3", "--slots", "4", "--queue", "services",
        "--no-start",
    )  # fmt: skip
    assert added.code == 0, added
    machine = listed(clearq, "machine")["gpu1"]
    assert machine["target"] == "me@gpu1:2222"
    assert machine["transport"] == "openssh"
    assert machine["python"] == "/opt/python3"
    assert (machine["identity"], machine["jump"]) == ("/keys/k", "bastion")
    worker = listed(clearq, "worker")["gpu1"]
    assert (worker["slots"], worker["queues"]) == (4, ["services"])
    assert clearq("machine", "add", "gpu1", "--no-start").code == 4
    assert clearq("machine", "add", "gpu2", "--no-worker", "--no-start").code == 0
    assert "gpu2" not in listed(clearq, "worker")
    assert clearq("machine", "trust", "gpu1").code == 3
    assert clearq("machine", "rename", "gpu1", "g").code == 0
    assert clearq("machine", "show", "gpu1").code == 3
    assert "me@gpu1:2222" in clearq("machine", "show", "g").out
    assert clearq("machine", "remove", "g").code == 0
    assert clearq("machine", "remove", "g", "--force").code == 3
    assert clearq("machine", "add", "x", "--port", "99999", "--no-start").code == 2
    malformed = clearq("machine", "add", "a b;c", "--no-start")
    assert (malformed.code, malformed.out) == (2, "")


def test_moving_tasks(three: Clearq) -> None:
    assert order(three) == "1 2 3"
    assert three("task", "move", "3", "--top").out == "3\n"
    assert order(three) == "3 1 2"
    three("task", "move", "#3", "--down")
    assert order(three) == "1 3 2"
    three("task", "move", "2", "--to", "1")
    assert order(three) == "2 1 3"
    three("task", "move", "2", "1", "--bottom")
    assert order(three) == "3 2 1"
    three("task", "move", "1", "--up")
    assert order(three) == "3 1 2"
    assert three("task", "move", "1", "--queue", "services").code == 0
    assert three("task", "move", "2", "--queue", "services", "--top").code == 0
    assert three("task", "list", "--queue", "services", "--sort", "queue", "--ids").out == "2\n1\n"
    assert three("task", "move", "1").code == 2
    assert three("task", "move", "1", "--up", "--to", "1").code == 2
    assert three("task", "move", "1", "--to", "0").code == 2


def test_tasks_end_and_come_back(three: Clearq) -> None:
    aborted = three("task", "abort", "1", "9", "3")
    assert aborted.code == 3
    assert aborted.out == "1\n3\n"
    assert aborted.err == "clearq: There is no task #9.\n"
    again = three("task", "abort", "1", "--kill")
    assert again.code == 4
    # What follows starts a controller; nothing is to run under it.
    assert three("worker", "drain", "local").code == 0
    assert three("task", "retry", "1").code == 0
    assert three("task", "retry", "1").code == 4
    assert three("task", "dequeue", "1").out == "1\n"
    assert three("task", "enqueue", "1", "--top").code == 0
    assert order(three).startswith("1 ")
    assert three("task", "remove", "1", "2").out == "1\n2\n"
    assert three("task", "show", "1").code == 3


def test_clones(three: Clearq) -> None:
    assert three("task", "clone", "1").out == "4\n"
    assert three("task", "clone", "1", "--name", "n", "--queue", "services").out == "5\n"
    tasks = listed(three, "task")
    assert (tasks["n"]["state"], tasks["n"]["queue"]) == ("queued", "services")
    assert three("task", "clone", "1", "--queue", "nope").code == 3
    assert len(three("task", "list", "--ids").out.splitlines()) == 5


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["nonsense"], 2),
        (["task", "lst"], 2),
        (["task"], 2),
        (["task", "show", "x"], 2),
        (["task", "show", "9" * 30], 2),
        (["task", "list", "--limit", "0"], 2),
        (["task", "list", "--sort", "colour"], 2),
        (["logs", "1.x"], 2),
        (["--nonsense"], 2),
        (["logs", "7"], 3),
        (["down"], 0),
    ],
    ids=str,
)
def test_every_failure_is_a_sentence(clearq: Clearq, words: list[str], code: int) -> None:
    said = clearq(*words)
    assert said.code == code
    assert said.out == ""
    if words != ["task"]:
        assert said.err.startswith("clearq: ")
        assert said.err.count("\n") == 1
        assert said.err.rstrip().endswith(".")


def test_a_store_that_cannot_be_used(fresh: Clearq) -> None:
    fresh.home.create()
    fresh.home.database.write_bytes(b"this is no database" * 1000)
    said = fresh("task", "list")
    assert said.code == 1
    assert "damaged" in said.err
    assert said.err.count("\n") == 1


def test_a_home_that_is_a_file(fresh: Clearq) -> None:
    fresh.home.root.write_text("")
    said = fresh("task", "list")
    assert said.code == 1
    assert str(fresh.home.root) in said.err
    assert said.err.count("\n") == 1


def test_the_interface_needs_a_terminal(clearq: Clearq) -> None:
    said = clearq()
    assert said.code == 4
    assert "needs a terminal" in said.err
