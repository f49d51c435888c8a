"""Several tasks that want the same environment, and builds that are killed at any moment."""

from __future__ import annotations

import contextlib
import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from remote_agent import attempts
from remote_agent.process_tree import descendants
from remote_agent.python_environments.shared import SharedEnvironments
from tests.agent.interpreters import HOUSE
from tests.fleet_of_namespaces.waiting import wait_for
from tests.python_environments.machine import Machine
from tests.python_environments.wheels import Package

SCRIPT = Path(__file__).parent / "scripts" / "crashing_build.py"
KEY = "k" * 32
LOOK = "import slow; print(slow.version)"


def slow_package(machine: Machine) -> tuple[Path, Path]:
    """One whose build waits for a file; that file, and one that has a line for each build."""
    gate, built = machine.forker.root / "gate", machine.forker.root / "built"
    Package("slow").source(
        machine.index.files,
        before=f"import time; open({str(built)!r}, 'a').write('built\\n')\n"
        f"    while not os.path.exists({str(gate)!r}): time.sleep(0.005)",
    )
    return gate, built


def test_two_tasks_build_it_once(machine: Machine) -> None:
    gate, built = slow_package(machine)
    lines = [f"slow==1.0 --hash=sha256:{hash_of(machine, 'slow-1.0.tar.gz')}"]
    for name in ("1.1", "2.1", "3.1"):
        machine.python(name, LOOK, lines=lines, locked=True)
    wait_for(lambda: waiting(machine, "1.1", "2.1", "3.1") == 2, "two to wait")
    wait_for(built.exists, "the third to build")
    gate.touch()
    for name in ("1.1", "2.1", "3.1"):
        assert machine.forker.result(name)[0] == "completed", machine.forker.log(name)
        assert machine.forker.log(name).endswith("\n1.0\n")
    assert built.read_text() == "built\n"
    assert len(machine.environments()) == 1


def test_who_waits_builds_when_the_builder_is_aborted(machine: Machine) -> None:
    gate, built = slow_package(machine)
    lines = [f"slow==1.0 --hash=sha256:{hash_of(machine, 'slow-1.0.tar.gz')}"]
    machine.python("1.1", LOOK, lines=lines, locked=True)
    wait_for(built.exists, "the first to build")
    machine.python("2.1", LOOK, lines=lines, locked=True)
    machine.forker.wait_for_log("2.1", "Waiting for another task, which builds the same")
    attempts.ask_to_end(machine.forker.layout, "1.1", 0.5)
    assert machine.forker.result("1.1")[0] == "aborted"
    gate.touch()
    assert machine.forker.result("2.1")[0] == "completed", machine.forker.log("2.1")
    assert machine.leftovers() == []


def test_killed_at_any_time(machine: Machine) -> None:
    """A runner and all below it, as by a crash; the next attempt has a whole environment."""
    files = {f"many/m{n}.py": f"number = {n}\n" for n in range(150)} | {"many/__init__.py": ""}
    look = (
        "from importlib import import_module as get\n"
        "print(sum(get(f'many.m{n}').number for n in range(150)))"
    )
    for turn in range(4):
        Package("many", f"{turn}.0", files=files).wheel(machine.index.files)
        lines = ["alpha", f"many=={turn}.0"]
        runner = machine.forker.pid
        machine.python(f"{turn + 1}.1", look, lines=lines)
        path = Path(machine.forker.layout.attempt_log(f"{turn + 1}.1"))
        wait_for(lambda path=path: path.exists() and b"Python 3" in path.read_bytes(), "the step")  # type: ignore[misc]
        time.sleep(turn * 0.08)  # a moment, another one in each turn, is what is being tested
        kill_below(runner)
        assert machine.run(f"{turn + 1}.2", look, lines=lines) == "11175"
        assert machine.leftovers() == []


def test_killed_at_every_change(tmp_path: Path) -> None:
    """Each change to the disk is the last in turn; what is there then is whole or not used."""
    ended, number = "", 0
    while ended != "done\n":
        number += 1
        cache = tmp_path / str(number)
        environments = SharedEnvironments(str(cache), "boot")
        ended = crash(cache, number)
        for name in environments.names():
            module = cache / "environments" / name / "lib/python3/site-packages/module.py"
            assert module.read_text() == "whole = True\n"
            assert (module.parents[3] / "complete.json").exists()
        environments.take(KEY, lambda _: None, lambda _: False, build, lambda: None)
        assert environments.names() == [KEY]
        assert list(Path(environments.directory).glob(".*")) == []
    assert number > 15


def waiting(machine: Machine, *names: str) -> int:
    return sum("Waiting for another task" in log_of(machine, name) for name in names)


def build(place: str) -> str:
    Path(place, "lib/python3/site-packages").mkdir(parents=True)
    Path(place, "bin").mkdir()
    return "lib/python3/site-packages"


def crash(cache: Path, last: int) -> str:
    done = subprocess.run(
        [sys.executable, "-IS", SCRIPT, cache, str(last)],
        env={"HOUSE": str(HOUSE)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.stdout


def kill_below(pid: int) -> None:
    for process in descendants(pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)


def hash_of(machine: Machine, name: str) -> str:
    return hashlib.sha256((machine.index.files / name).read_bytes()).hexdigest()


def log_of(machine: Machine, name: str) -> str:
    path = Path(machine.forker.layout.attempt_log(name))
    return path.read_text() if path.exists() else ""
