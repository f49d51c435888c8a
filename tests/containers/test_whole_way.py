"""From `clearq enqueue --image` to the output, with the real controller, link and agent."""

from __future__ import annotations

import json

import pytest

from clearq_tui.store import tasks
from tests.cli.conftest import Clearq, fresh
from tests.containers.engines import OwnEngine
from tests.containers.images import BUSYBOX
from tests.containers.specs import on_both_engines
from tests.fleet_of_namespaces.waiting import wait_for

__all__ = ["fresh"]


def state_of(clearq: Clearq, task: str) -> str:
    with clearq.store() as store:
        found = tasks.get(store, int(task))
    return found.state.value if found else ""


def enqueue(clearq: Clearq, *words: str) -> str:
    said = clearq("enqueue", *words)
    assert said.code == 0, said
    return said.out.strip()


@pytest.fixture
def laptop(fresh: Clearq, engine: OwnEngine) -> Clearq:
    """One that is its own machine, with some code."""
    rules = fresh.directory / ".config" / "clearq" / "containers.json"
    rules.parent.mkdir(parents=True, mode=0o700)
    rules.write_text(json.dumps({"engine": engine.program}))
    rules.chmod(0o600)
    (fresh.directory / "code.txt").write_text("this is the code\n")
    return fresh


@on_both_engines
def test_code_goes_into_an_image_that_came_from_the_laptop(
    laptop: Clearq, engine: OwnEngine
) -> None:
    image = ["--image", BUSYBOX, *(["--bring-image"] if engine.kind == "docker" else [])]
    script = "cat code.txt; echo result >$CLEARQ_OUTPUT/result; echo $GREETING"
    setup = laptop.directory / "setup.sh"
    setup.write_text("export GREETING='hello from the set-up'\n")
    words = [*image, "--setup", str(setup), "--", "sh", "-c", script]
    task = enqueue(laptop, *words)
    wait_for(lambda: state_of(laptop, task) == "completed", laptop("logs", task).out)
    said = laptop("logs", task).out
    assert "this is the code\n" in said
    assert said.endswith("hello from the set-up\n")
    assert ("Loading the image" in said) is (engine.kind == "docker")
    shown = laptop("task", "show", task).out
    for step in ("environment", "set-up", "code", "changes", "packages"):
        assert step in shown
    assert engine.containers() == []


def test_an_abort_reaches_into_the_container(laptop: Clearq, engine: OwnEngine) -> None:
    script = "trap 'echo got TERM; exit' TERM; echo ready; while :; do sleep 0.1; done"
    task = enqueue(laptop, "--no-code", "--image", BUSYBOX, "--", "sh", "-c", script)
    wait_for(lambda: "ready" in laptop("logs", task).out, "the command to run")
    assert laptop("task", "abort", task).code == 0
    wait_for(lambda: state_of(laptop, task) == "aborted", "the task to end")
    assert laptop("logs", task).out.endswith("got TERM\n")
    assert engine.containers() == []
