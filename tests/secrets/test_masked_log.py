"""What a task with secrets writes reaches its log: masked, whole, at once, and to the last byte."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from remote_agent.messages import Abort, Lease
from remote_agent.task_log import TaskLog
from tests.agent_daemon.agent import Agent
from tests.bootstrap.mounts import fill, mounted
from tests.fleet_of_namespaces.waiting import least_of, wait_for
from tests.secrets.on_machine import TOKEN, bring, secretive, traces

FLOOD = 30 << 20
PYTHON = sys.executable


def log_of(agent: Agent, *command: str, **more: object) -> bytes:
    """Run the command with the secrets to its end; its log."""
    with agent.attached(1) as laptop:
        laptop.say(Lease("1.1", secretive(*command, **more)))
        bring(laptop, "1.1")
        laptop.event("1.1", "ended")
    assert traces(agent.root) == []
    return Path(agent.layout.attempt_log("1.1")).read_bytes()


def test_a_value_written_byte_by_byte_is_masked(agent: Agent) -> None:
    script = (
        "import os, time\n"
        "for byte in b'<' + os.environb[b'HF_TOKEN'] + b'>':\n"
        "    os.write(1, bytes([byte])); time.sleep(0.06 if byte in b'a7' else 0.001)\n"
    )
    shown = log_of(agent, PYTHON, "-c", script)
    assert shown.endswith(b"***>")
    # Only a beginning that tells little is shown while the rest is awaited.
    assert len(shown) <= len("<***>") + len(TOKEN) // 4


def test_a_flood_arrives_whole_masked_and_to_its_last_byte(agent: Agent) -> None:
    script = (
        "import os\n"
        f"piece = (b'x' * 997 + os.environb[b'HF_TOKEN']) * 64\n"
        f"left = {FLOOD}\n"
        "while left > 0: left -= os.write(1, piece)\n"
        "os.write(2, b'no newline at the end')\n"
    )
    began = time.monotonic()
    shown = log_of(agent, PYTHON, "-c", script)
    assert time.monotonic() - began < 20
    assert shown.endswith(b"no newline at the end")
    assert shown.count(b"***") >= FLOOD // 1032
    assert not shown.replace(b"***", b"").rstrip(b"no newline at the end").strip(b"x")


def test_a_flood_can_be_aborted(agent: Agent) -> None:
    with agent.attached(1) as laptop:

        def took(number: int) -> float:
            name = f"1.{number}"
            laptop.say(Lease(name, secretive("sh", "-c", 'trap "" TERM; yes "$HF_TOKEN"')))
            bring(laptop, name)
            log = Path(agent.layout.attempt_log(name))
            wait_for(lambda: log.exists() and log.stat().st_size > 1 << 20, "the flood")
            began = time.monotonic()
            laptop.say(Abort(name, 0.5))
            assert laptop.event(name, "ended").data["outcome"] == "aborted"
            ended = time.monotonic() - began
            assert set(log.read_bytes().split()) == {b"***"}
            return ended

        assert least_of(took, below=1.5) < 1.5


def test_who_holds_the_pipe_for_ever_keeps_no_attempt_from_ending(agent: Agent) -> None:
    with agent.attached(1) as laptop:
        script = (
            'setsid sleep 600 & echo $$; until test -e "$CLEARQ_OUTPUT/go"; do sleep 0.02; done'
        )
        laptop.say(Lease("1.1", secretive("sh", "-c", script)))
        bring(laptop, "1.1")
        log = Path(agent.layout.attempt_log("1.1"))
        pid = wait_for(lambda: log.exists() and log.read_text().strip(), "the task's pid")
        # A process that is none of the task's tree: this one.
        held = os.open(f"/proc/{pid}/fd/1", os.O_WRONLY)
        Path(agent.layout.attempt("1.1"), "output", "go").touch()
        assert laptop.event("1.1", "ended", 30).data["outcome"] == "completed"
        os.close(held)


def test_progress_and_prompts_are_seen_while_the_task_waits(agent: Agent, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    with agent.attached(1) as laptop:
        script = f'printf "loaded 10%%\\rwhich one? hf_"; read answer <{gate}; echo $answer'
        laptop.say(Lease("1.1", secretive("sh", "-c", script)))
        bring(laptop, "1.1")
        log = Path(agent.layout.attempt_log("1.1"))
        wait_for(lambda: log.exists() and log.read_bytes().endswith(b"hf_"), "the prompt", 10.0)
        gate.write_text(TOKEN[3:] + "\n")
        laptop.event("1.1", "ended")
    assert log.read_bytes() == b"loaded 10%\rwhich one? hf_***\n"


def test_steps_are_masked_and_do_not_get_the_values(agent: Agent) -> None:
    script = f"env; echo {TOKEN[:20]}''{TOKEN[20:]}; exit 3"
    with agent.attached(1) as laptop:
        setup = [{"whose": "task", "script": script}]
        laptop.say(Lease("1.1", secretive("true", setup=setup)))
        bring(laptop, "1.1")
        ended = laptop.event("1.1", "ended").data
        assert ended["reason"] == "set-up: the task's script ended with exit code 3."
    shown = Path(agent.layout.attempt_log("1.1")).read_bytes()
    assert b"\n***\n" in shown
    assert b"HF_TOKEN" not in shown
    assert b"KEY_FILE" not in shown


def test_reasons_are_masked(agent: Agent) -> None:
    with agent.attached(1) as laptop:
        laptop.say(Lease("1.1", secretive("no-such-program")))
        bring(laptop, "1.1", TOKEN="was not found", KEY="on this machine")
        reason = laptop.event("1.1", "ended").data["reason"]
    assert reason == "The command no-such-program *** ***."


def test_what_a_full_disk_does_not_take_is_written_once_it_does(tmp_path: Path) -> None:
    with mounted(tmp_path / "disk", "size=1m") as disk:
        log = TaskLog(str(disk / "log"), [TOKEN])
        fill(disk / "full")
        os.write(log.writing, b"x" * 10000 + TOKEN.encode() + b"\n")
        log.take(1.0)
        assert log.readable == []
        assert log.due is not None
        (disk / "full").unlink()
        log.proceed(log.due)
        os.write(log.writing, b"last")
        log.finish()
        assert (disk / "log").read_bytes() == b"x" * 10000 + b"***\nlast"
