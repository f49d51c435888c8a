"""Containers under a whole agent: secrets that are on no disk, and runners that are killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from remote_agent import attempts
from remote_agent.messages import Abort, Lease
from tests.agent_daemon.agent import Agent, spec
from tests.containers.engines import OwnEngine
from tests.containers.images import BUSYBOX, busybox_tar
from tests.containers.registry import PASSWORD, USER, registry
from tests.containers.specs import on_both_engines
from tests.fleet_of_namespaces.waiting import wait_for
from tests.secrets.on_machine import (
    USES,
    VALUES,
    bring,
    secret_directories,
    told_by_processes,
    traces,
)

MORE_USES = [*USES, {"name": "KEY", "kind": "variable", "target": "KEY_TEXT"}]
LOOK = (
    'echo "token $HF_TOKEN."; cat "$KEY_FILE"; echo "in $KEY_FILE"; echo x >"$KEY_FILE"\n'
    'echo "of ${#HF_TOKEN} characters"\n'
    '[ "$(cat "$KEY_FILE"; echo x)" = "${KEY_TEXT}x" ] && echo same'
)


def task(*command: str, name: str = BUSYBOX, **more: object) -> dict[str, Any]:
    image = {"name": name, **{key: more.pop(key) for key in ("registry",) if key in more}}
    return {**spec(*command, **more), "mode": "docker", "image": image}


@pytest.fixture
def agent(engine: OwnEngine, tmp_path: Path) -> Iterator[Agent]:
    """A daemon that finds the engine; nothing may be left in it."""
    with Agent(tmp_path / "clearq" / "store" / "machine", sys.executable) as running:
        yield running
    assert engine.containers() == []


@on_both_engines
def test_secrets_are_in_the_container_and_on_no_disk(
    agent: Agent, engine: OwnEngine, tmp_path: Path
) -> None:
    before = secret_directories()
    with agent.attached(1) as laptop:
        laptop.say(Lease("1.1", task("sh", "-c", LOOK + "; sleep 0.3", secrets=MORE_USES)))
        bring(laptop, "1.1")
        wait_for(engine.containers, "the container to be made")
        said = engine.say("container", "inspect", *engine.containers())
        assert not any(value.strip() in said for value in VALUES.values())
        ended = laptop.event("1.1", "ended")
        log = laptop.whole_log("1.1").decode()
        assert ended.data["outcome"] == "completed"
        assert "token ***.\n***" in log
        assert "in /clearq/secrets/KEY" in log
        assert "Read-only" in log
        assert f"of {len(VALUES['TOKEN'])} characters\nsame\n" in log
    assert traces(tmp_path) == []
    assert traces(engine.place) == []
    assert told_by_processes() == []
    assert secret_directories() == before


def test_a_password_lets_the_engine_in_and_stays_nowhere(
    agent: Agent, engine: OwnEngine, tmp_path: Path
) -> None:
    uses = [{"name": "REGISTRY", "kind": "login", "target": "-"}]
    with registry(busybox_tar()) as name, agent.attached(1) as laptop:
        host = name.partition("/")[0]
        looked = task(
            *("sh", "-c", "echo ran; ls /clearq"),
            name=name,
            secrets=uses,
            registry=[host, USER, "REGISTRY"],
        )
        laptop.say(Lease("1.1", looked))
        bring(laptop, "1.1", REGISTRY="wrong")
        assert f"refuses the login of {USER}" in laptop.event("1.1", "ended").data["reason"]
        laptop.say(Lease("2.1", looked))
        bring(laptop, "2.1", REGISTRY=PASSWORD)
        assert laptop.event("2.1", "ended").data["outcome"] == "completed"
        assert "secrets" not in laptop.whole_log("2.1").decode(), "the task does not get it"
    for place in (tmp_path, engine.place):
        found = subprocess.run(
            ["grep", "-rlsF", "-D", "skip", PASSWORD, place], check=False, capture_output=True
        )
        assert found.stdout == b""


def test_the_daemon_removes_what_a_killed_runner_has_left(agent: Agent, engine: OwnEngine) -> None:
    with agent.attached(1) as laptop:
        laptop.say(Lease("1.1", task("sleep", "1000")))
        laptop.event("1.1", "started")
        runner = attempts.runner_of(agent.layout, "1.1")
        assert runner is not None
        os.kill(runner.pid, signal.SIGKILL)
        laptop.event("1.1", "ended")
        assert engine.containers() == []


def test_an_abort_with_secrets_carries_the_last_words(agent: Agent) -> None:
    script = "trap 'echo last $HF_TOKEN; exit' TERM; echo ready; while :; do sleep 0.1; done"
    with agent.attached(1) as laptop:
        laptop.say(Lease("1.1", task("sh", "-c", script, secrets=USES)))
        bring(laptop, "1.1")
        log = Path(agent.layout.attempt_log("1.1"))
        wait_for(lambda: log.exists() and "ready" in log.read_text(), "the command to run")
        laptop.say(Abort("1.1", 10.0))
        assert laptop.event("1.1", "ended").data["outcome"] == "aborted"
        assert "last ***\n" in log.read_text()
