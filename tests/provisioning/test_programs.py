"""Programs that run for an errand, and what is remembered of them."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from clearq_tui.provisioning import Errand, ProvisionError, Stopped
from clearq_tui.provisioning.errand import set_work_aside
from clearq_tui.provisioning.programs import run_program
from clearq_tui.provisioning.remembered import (
    REMEMBERED_FOR,
    alone,
    recall,
    remember,
    sweep_provisions,
)


def shell(errand: Errand, script: str, heard: list[str] | None = None) -> tuple[int, str, str]:
    hear = (heard if heard is not None else []).append
    ended = run_program(["/bin/sh", "-c", script], errand, place=Path("/"), hear=hear)
    return ended.code, ended.output, ended.errors


def test_what_a_program_says_is_heard_and_kept(errand: Errand) -> None:
    heard: list[str] = []
    script = "printf 'one\\ntw'; printf 'o\\nrest'; echo wrong >&2; exit 3"
    assert shell(errand, script, heard) == (3, "one\ntwo\nrest", "wrong\n")
    assert heard == ["one", "two"]


def test_what_cannot_be_run_is_named(errand: Errand) -> None:
    with pytest.raises(ProvisionError, match="/gone cannot be run here: No such file"):
        run_program(["/gone"], errand, place=Path("/"))


def test_a_program_ends_with_all_its_children_when_the_errand_is_given_up(
    errand: Errand, tmp_path: Path
) -> None:
    mark = tmp_path / "pids"
    failed: list[BaseException] = []

    def run() -> None:
        try:
            shell(errand, f"sleep 60 & echo $$ $! > {mark}; wait")
        except ProvisionError as error:
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    wait_for(lambda: mark.exists() and len(mark.read_text().split()) == 2)
    errand.stopped.set()
    thread.join(40)
    assert isinstance(failed[0], Stopped)
    wait_for(lambda: not any(is_running(int(pid)) for pid in mark.read_text().split()))


def test_what_is_remembered_comes_back_until_nobody_asks(errand: Errand) -> None:
    remember(errand, "kind", "key", {"a": [1]})
    remember(errand, "kind", "damaged", {})
    path = errand.provisions / "remembered" / "kind" / "damaged.json"
    path.write_text("{")
    assert recall(errand, "kind", "key") == {"a": [1]}
    assert recall(errand, "kind", "damaged") is None
    assert recall(errand, "kind", "other") is None
    old = time.time() - REMEMBERED_FOR - 60
    for each in path.parent.iterdir():
        os.utime(each, (old, old))
    assert recall(errand, "kind", "key") == {"a": [1]}
    sweep_provisions(errand.home, time.time())
    assert [each.name for each in path.parent.iterdir()] == ["key.json"]


def test_work_that_a_killed_process_left_is_set_aside(errand: Errand) -> None:
    aside = set_work_aside(errand.home)
    assert aside is None
    for name in ("first", "second"):
        with errand.work_directory() as work:
            (work / name).write_text("text")
            aside = set_work_aside(errand.home)
            assert not work.exists()
    assert aside is not None
    assert sorted(path.name for path in aside.rglob("*") if path.is_file()) == ["first", "second"]
    with errand.work_directory() as work:
        assert list(work.iterdir()) == []


def test_the_uv_of_a_platform_goes_when_no_machine_has_wanted_it_for_long(errand: Errand) -> None:
    kept = errand.provisions / "uv" / "one"
    kept.mkdir(parents=True)
    sweep_provisions(errand.home, time.time())
    assert kept.exists()
    sweep_provisions(errand.home, time.time() + REMEMBERED_FOR + 60)
    assert not kept.exists()


def test_two_do_not_find_the_same_out_at_once(errand: Errand) -> None:
    inside, order = threading.Event(), list[str]()

    def second() -> None:
        inside.wait(10)
        with alone(errand, "kind", "key"):
            order.append("second")

    thread = threading.Thread(target=second)
    thread.start()
    with alone(errand, "kind", "key"):
        inside.set()
        thread.join(0.3)
        order.append("first")
    thread.join(40)
    assert order == ["first", "second"]


def test_who_waits_for_another_may_be_given_up(errand: Errand) -> None:
    errand.stopped.set()
    with alone(errand, "kind", "key"), pytest.raises(Stopped), alone(errand, "kind", "key"):
        pass


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


def wait_for(condition: object) -> None:
    assert callable(condition)
    deadline = time.monotonic() + 40
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.01)
