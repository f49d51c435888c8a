"""The commands with the real controller and a real agent on this machine."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator

import pytest

from clearq_tui import feed
from clearq_tui.model import ClearqError
from clearq_tui.paths import Home
from tests.cli.conftest import Clearq

DEADLINE = 60.0


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clearq]:
    """`clearq` whose controller the first test starts; in the end nothing of it is left."""
    place = tmp_path_factory.mktemp("running")
    (place / "work").mkdir()
    clearq = Clearq(Home(place / "home"), place / "work")
    yield clearq
    assert clearq("machine", "remove", "local").code == 0
    deadline = time.monotonic() + DEADLINE
    while clearq("machine", "list", "--json").json():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert clearq("down").code == 0
    assert feed.controller_pid(clearq.home) is None
    assert str(clearq.directory) not in subprocess.check_output(["ps", "-eo", "args"], text=True)


def test_waiting_for_the_exit_code(running: Clearq) -> None:
    said = running("enqueue", "--no-code", "--wait", "--", "sh", "-c", "echo hello; exit 7")
    assert (said.code, said.out, said.err) == (7, "1\n", "")
    followed = running("logs", "-f", "1")
    assert (followed.code, followed.out) == (0, "hello\n")


def test_the_code_is_there_and_the_log_is_followed(running: Clearq) -> None:
    (running.directory / "say.py").write_text("import os; print(os.environ['WORD'])\n")
    said = running("enqueue", "--env", "WORD=x y", "python3", "say.py")
    assert said.code == 0
    followed = running("logs", "-f", said.out.strip())
    assert followed.code == 0
    assert followed.out.splitlines()[-1] == "x y"


def test_overrides_reach_the_machine_and_the_code_stays(running: Clearq) -> None:
    place = running.directory / "below"
    place.mkdir()
    (place / "train.py").write_text(
        "import argparse, os, pathlib\n"
        "parser = argparse.ArgumentParser()\n"
        "parser.add_argument('--lr', type=float, default=0.1)\n"
        "print(parser.parse_args().lr, os.environ.get('SEED'))\n"
        "print(pathlib.Path('config.yaml').read_text(), end='')\n"
    )
    (place / "config.yaml").write_text("model:  # all of it\n  depth: 3\n")
    words = ["-C", str(place), "--env", "SEED=1", "--", "python3", "train.py"]
    first = running("enqueue", "--set", "config.yaml:model.depth=4", *words).out.strip()
    assert running("logs", "-f", first).out.splitlines()[-3:] == [
        "0.1 1", "model:  # all of it", "  depth: 4",
    ]  # fmt: skip
    settings = ("--set", "lr=0.2", "--set", "env:SEED=7", "--set", "config.yaml:model.depth=5")
    second = running("task", "clone", first, *settings, "--enqueue").out.strip()
    assert running("logs", "-f", second).out.splitlines()[-3:] == [
        "0.2 7", "model:  # all of it", "  depth: 5",
    ]  # fmt: skip
    assert (place / "config.yaml").read_text() == "model:  # all of it\n  depth: 3\n"


def test_an_aborted_task_ends_the_wait(running: Clearq) -> None:
    process = running.start("enqueue", "--no-code", "--wait", "sleep", "60")
    assert process.stdout is not None
    number = process.stdout.readline().decode().strip()
    assert running("task", "abort", number).code == 0
    out, err = process.communicate(timeout=DEADLINE)
    assert (process.returncode, out, err) == (130, b"", b"")


def test_the_controller_is_seen_and_found_running(running: Clearq) -> None:
    pid = feed.controller_pid(running.home)
    assert pid is not None
    feed.start_controller(running.home)
    assert feed.controller_pid(running.home) == pid
    assert running("status").out.startswith(f"controller runs ({pid})")
    assert running("up").code == 4
    assert running.home.controller_log.stat().st_mode & 0o777 == 0o600


async def test_a_subscriber_of_the_real_feed(running: Clearq) -> None:
    notices = feed.subscribe(running.home)
    hello = await anext(notices)
    assert hello == {"type": "hello", "pid": feed.controller_pid(running.home)}
    assert running("queue", "add", "gpu").code == 0
    async for notice in notices:
        if notice["type"] == "changed":
            break
    await notices.aclose()


def test_a_controller_that_cannot_start_says_why(fresh: Clearq) -> None:
    fresh.home.create()
    fresh.home.database.write_bytes(b"this is no database" * 1000)
    with pytest.raises(ClearqError, match=r"ended at once\. See .*damaged"):
        feed.start_controller(fresh.home)
