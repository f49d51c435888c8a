"""The commands about results, with the real controller and a real agent on this machine."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from clearq_tui.paths import Home
from clearq_tui.store import Store, outputs
from tests.cli.conftest import CLEARQ, Clearq
from tests.fleet_of_namespaces.waiting import wait_for


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clearq]:
    """`clearq` with a controller, and at the end nothing left of it."""
    place = tmp_path_factory.mktemp("running")
    (place / "work").mkdir()
    clearq = Clearq(Home(place / "home"), place / "work")
    yield clearq
    assert clearq("machine", "remove", "local").code == 0
    wait_for(lambda: clearq("machine", "list", "--json").json() == [], "the machine to go")
    assert clearq("down").code == 0


def run(clearq: Clearq, script: str, *options: str) -> str:
    """Run the script in its output directory to its end; the task."""
    words = ("--no-code", "--wait", *options, "--", "sh", "-c", f"cd $CLEARQ_OUTPUT; {script}")
    ended = clearq("enqueue", *words)
    assert ended.code == 0, ended
    return ended.out.strip()


def states(clearq: Clearq, task: str) -> dict[str, str]:
    with Store.open(clearq.home.database) as store:
        return {file.path: file.state.value for file in outputs.files(store, int(task), 1)}


def wait_for_state(clearq: Clearq, task: str, path: str, state: str) -> None:
    wait_for(lambda: states(clearq, task).get(path) == state, f"{path} to be {state}")


def test_files_are_listed_fetched_and_copied(running: Clearq, tmp_path: Path) -> None:
    task = run(
        running, "echo small > a; mkdir -p d/e; head -c 3000000 /dev/zero > d/e/large; ln -s a l"
    )
    listed = running("task", "outputs", task)
    assert listed.code == 0
    assert [line.split()[0] for line in listed.out.splitlines()] == ["PATH", "a", "d/e/large"]
    assert "1 thing that is no plain file is left out." in listed.err
    wait_for_state(running, task, "a", "whole")
    assert states(running, task)["d/e/large"] == "listed"
    fetched = running("task", "fetch", task, "large", "--to", str(tmp_path / "to"))
    assert (fetched.code, fetched.out) == (0, f"{tmp_path}/to/d/e/large\n")
    assert (tmp_path / "to" / "d" / "e" / "large").read_bytes() == bytes(3000000)
    everything = running("task", "fetch", task)
    places = [Path(line) for line in everything.out.splitlines()]
    assert places[0].read_text() == "small\n"
    assert places[0].stat().st_mode & 0o777 == 0o600
    document = json.loads(running("task", "outputs", task, "--json").out)
    for file in document["files"]:
        data = Path(file["place"]).read_bytes()
        assert hashlib.sha256(data).hexdigest() == file["sha256"]
        assert len(data) == file["size"]


def test_what_is_not_there_is_said(running: Clearq) -> None:
    task = run(running, "true")
    assert running("task", "outputs", task).err.startswith(f"clearq: #{task}.1 has left no output")
    assert running("task", "fetch", task).code == 3
    task = run(running, "echo x > a")
    missing = running("task", "fetch", task, "b*")
    assert (missing.code, missing.err) == (3, f"clearq: No output of #{task}.1 matches 'b*'.\n")
    assert running("task", "fetch", "9999").code == 3
    assert running("task", "fetch", f"{task}.7").code == 3
    assert running("task", "fetch", task, "--no-wait", "--to", "x").code == 2


def test_many_small_files_come_by_themselves(running: Clearq) -> None:
    task = run(running, "seq 1 300 | while read n; do echo $n > f$n; done")
    wait_for(lambda: set(states(running, task).values()) == {"whole"}, "all of them")
    fetched = running("task", "fetch", task)
    assert fetched.code == 0
    contents = {Path(line).name: Path(line).read_text() for line in fetched.out.splitlines()}
    assert contents == {f"f{number}": f"{number}\n" for number in range(1, 301)}


def test_strange_names_come_as_they_are(running: Clearq) -> None:
    task = run(running, r"""printf x > "$(printf '\377\n\033[2J')"; printf y > ' -rf'""")
    fetched = running("task", "fetch", task)
    assert fetched.code == 0
    assert "\x1b" not in fetched.out
    place = os.fsencode(running.home.attempt_outputs(int(task), 1))
    assert sorted(os.listdir(place)) == [b" -rf", b"\xff\n\x1b[2J"]  # noqa: PTH208


def test_a_task_that_runs_is_asked_anew(running: Clearq) -> None:
    script = "cd $CLEARQ_OUTPUT; echo 1 > first; mkfifo ../go; read x < ../go; echo 2 > second"
    task = running("enqueue", "--no-code", "--", "sh", "-c", script).out.strip()

    def is_listed() -> bool:
        return running("task", "outputs", task).out.count("first") == 1

    wait_for(is_listed, "the first file")
    fetched = running("task", "fetch", task)
    assert fetched.code == 0
    place = Path(fetched.out.strip())
    assert place.read_text() == "1\n"
    agents = Path(running.directory) / ".local" / "share" / "clearq"
    (fifo,) = agents.glob(f"*/*/attempts/{task}.1/go")
    fifo.write_text("go\n")
    wait_for(lambda: states(running, task).get("second") == "whole", "the second file")
    assert states(running, task)["first"] == "whole"


def test_after_release_and_until_removal(running: Clearq) -> None:
    task = run(running, "head -c 2000000 /dev/urandom > f")
    agents = Path(running.directory) / ".local" / "share" / "clearq"
    wait_for(lambda: list(agents.glob(f"*/*/outputs/{task}.1/f")), "it to be kept")
    fetched = running("task", "fetch", task)
    assert fetched.code == 0
    Path(fetched.out.strip()).unlink()
    again = running("task", "fetch", task)
    assert (again.code, again.out) == (0, fetched.out)
    assert Path(again.out.strip()).stat().st_size == 2000000
    assert running("task", "remove", task).code == 0
    wait_for(lambda: not list(agents.glob(f"*/*/outputs/{task}.1*")), "it to be given up")


def test_an_interrupted_fetch_goes_on(running: Clearq) -> None:
    task = run(running, "head -c 300000000 /dev/zero > f")
    wait_for(lambda: states(running, task) == {"f": "listed"}, "the list")
    process = running.start("task", "fetch", task)
    parts = running.home.output_parts(int(task), 1)
    wait_for(lambda: parts.exists() and list(parts.iterdir()), "some of it")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    if process.returncode != 0:  # it may have been quicker than we are
        assert (process.returncode, out) == (130, b"")
        assert b"No longer waiting" in err
    fetched = running("task", "fetch", task)
    assert fetched.code == 0
    assert Path(fetched.out.strip()).stat().st_size == 300000000


def test_progress_is_shown_on_a_terminal(running: Clearq) -> None:
    task = run(running, "head -c 200000000 /dev/zero > f")
    wait_for(lambda: states(running, task) == {"f": "listed"}, "the list")
    terminal, slave = os.openpty()
    process = subprocess.Popen(
        [CLEARQ, "task", "fetch", task],
        env=running.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=slave,
    )
    os.close(slave)
    out, _ = process.communicate(timeout=30)
    shown = os.read(terminal, 1 << 20)
    os.close(terminal)
    assert process.returncode == 0
    assert Path(out.decode().strip()).stat().st_size == 200000000
    assert b"of 190.7 MiB, 0 of 1 files" in shown
    assert shown.endswith(b"\r\x1b[K")


def test_a_fetch_is_given_up(running: Clearq) -> None:
    task = run(running, "head -c 400000000 /dev/zero > f")
    wait_for(lambda: states(running, task) == {"f": "listed"}, "the list")
    assert running("task", "fetch", task, "--no-wait").code == 0
    given_up = running("task", "fetch", task, "--give-up")
    assert given_up.code == 0
    if given_up.out:  # else it was whole already
        assert given_up.out == "f\n"
        assert states(running, task) == {"f": "listed"}


def test_scalars_from_file_and_log(running: Clearq) -> None:
    script = (
        'for i in 1 2 3; do echo "{\\"step\\": $i, \\"loss\\": 0.$i}" >> $CLEARQ_SCALARS; '
        "echo lr=1e-$i; done; echo nonsense >> $CLEARQ_SCALARS"
    )
    task = run(running, script, "--scalar", r"lr=lr=(\S+)")

    def arrived() -> bool:
        return running("task", "scalars", task, "--csv").out.count("\n") == 7

    wait_for(arrived, "all scalars")
    rows = list(csv.DictReader(running("task", "scalars", task, "--csv").out.splitlines()))
    assert [(row["name"], row["step"], row["value"]) for row in rows if row["name"] == "loss"] == [
        ("loss", "1", "0.1"), ("loss", "2", "0.2"), ("loss", "3", "0.3"),
    ]  # fmt: skip
    document = json.loads(running("task", "scalars", task, "--json").out)
    assert document["scalars"]["lr"]["points"] == [
        [0, 0.1, None],
        [1, 0.01, None],
        [2, 0.001, None],
    ]
    assert document["problems"] == [
        "1 line of the scalars could not be read: line 4: it is no JSON object."
    ]
    shown = running("task", "scalars", task)
    assert "loss" in shown.out
    assert "could not be read" in shown.err
    assert "no scalars" in running("task", "scalars", run(running, "true")).err


@pytest.mark.parametrize("said", ["loss", "=(x)", "loss=x", "loss=(", "loss=(a)(b)"])
def test_bad_expressions_are_refused(running: Clearq, said: str) -> None:
    refused = running("enqueue", "--no-code", "--scalar", said, "true")
    assert refused.code == 2
    assert "--scalar" in refused.err


def test_a_machine_that_is_away_is_waited_for(running: Clearq) -> None:
    task = run(running, "head -c 2000000 /dev/zero > f")
    wait_for(lambda: states(running, task) == {"f": "listed"}, "the list")
    assert running("down").code == 0
    before = time.monotonic()
    fetched = running("task", "fetch", task)
    assert fetched.code == 0, fetched
    assert time.monotonic() - before < 20
