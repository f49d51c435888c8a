"""Samples: the arithmetic of rates, and a real sampler beside a real attempt."""

from __future__ import annotations

import json
import os
import threading
import time
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from remote_agent.facts import facts
from remote_agent.metrics import proc
from remote_agent.metrics.counters import Counters, rates
from remote_agent.metrics.gpu_watch import STALE_AFTER, GpuWatch
from remote_agent.metrics.trees import Use, share
from tests.agent.forker import Forker
from tests.agent.interpreters import on_every_python, run_script
from tests.fleet_of_namespaces.waiting import wait_for

SCRIPTS = Path(__file__).parent / "scripts"

counts = st.none() | st.integers(0, 1 << 62)
readings = st.builds(
    Counters,
    at=st.floats(0, 1e9),
    busy=st.none() | st.floats(0, 1e9),
    idle=st.none() | st.floats(0, 1e9),
    received=counts,
    sent=counts,
    read=counts,
    written=counts,
)


def test_rates_are_what_grew_by_the_second() -> None:
    before = Counters(10.0, 5.0, 5.0, 1000, 0, 0, 50, 7, 9)
    after = Counters(12.0, 6.5, 5.5, 3000, 0, 10, 50, 8, 9)
    assert rates(before, after) == {
        "cpu": 75.0,
        "memory": {"used": 8, "total": 9},
        "network": {"received": 1000.0, "sent": 0.0},
        "disk": {"read": 5.0, "written": 0.0},
    }


@given(before=readings, after=readings)
def test_rates_never_lie(before: Counters, after: Counters) -> None:
    """Whatever is missing, stands still or runs backwards: a sensible number or none."""
    found = rates(before, after)
    assert found["cpu"] is None or 0 <= found["cpu"] <= 100
    for part, names in (("network", ("received", "sent")), ("disk", ("read", "written"))):
        for name in names:
            rate = found[part][name]
            missing = None in (getattr(before, name), getattr(after, name))
            assert (
                (rate is None) if missing or after.at <= before.at else (rate is None or rate >= 0)
            )


def test_a_trees_share_is_of_one_processor() -> None:
    assert share(Use(10.0, 1.0, 0, 1), Use(12.0, 4.0, 0, 1)) == 150.0
    assert share(Use(10.0, 9.0, 0, 1), Use(12.0, 4.0, 0, 1)) == 0.0
    assert share(None, Use(12.0, 4.0, 0, 1)) is None


def test_counters_of_this_machine_grow() -> None:
    before = proc.read()
    deadline = time.monotonic() + 0.2
    while time.monotonic() < deadline:
        pass
    after = proc.read()
    assert before.busy is not None
    assert after.busy is not None
    assert after.busy > before.busy
    assert (after.memory_used or 0) > 1 << 20
    assert (after.memory_total or 0) > (after.memory_used or 0)


def test_what_is_not_there_is_none() -> None:
    """As in a container that hides parts of /proc."""
    nothing: dict[str, Any] = rates(Counters(1.0), Counters(2.0))
    assert nothing["cpu"] is None
    assert nothing["memory"] == {"used": None, "total": None}


def test_a_driver_that_hangs_says_nothing_and_delays_nothing() -> None:
    now = 100.0
    readings = [[{"index": 0, "use": 7}]]
    watch = GpuWatch(1000.0, lambda: readings.pop, lambda: now)
    assert wait_for(watch.newest, "a reading") == [{"index": 0, "use": 7}]
    now += STALE_AFTER + 1
    assert watch.newest() is None


def test_a_driver_that_never_opens_gives_none_and_no_driver_gives_no_gpus() -> None:
    opens = threading.Event()

    def hang() -> None:
        opens.wait(60)

    hanging = GpuWatch(1000.0, hang)
    assert hanging.newest() is None
    opens.set()
    assert wait_for(lambda: hanging.newest() == [], "no GPUs")


@on_every_python()
def test_a_sampler_sees_an_attempt(python: str, forker: Forker) -> None:
    forker.shell("1.1", "while :; do :; done")
    said = run_script(python, SCRIPTS / "sampling.py", forker.root, "1.1")
    sample = json.loads(said)
    use = sample["attempts"]["1.1"]
    assert 5 < use["cpu"] < 150
    assert use["memory"] > 100_000
    assert use["processes"] == 1
    assert sample["cores"] == os.cpu_count()
    assert abs(sample["at"] - time.time()) < 5
    assert 0 < sample["space"]["used"] < sample["space"]["total"]
    assert len(sample["load"]) == 3
    assert sample["gpus"] == []


def test_facts() -> None:
    found = facts("/root-of-it", "")
    assert found["cpus"] >= 1
    assert found["memory"] > 1 << 20
    assert found["account"]
    assert found["home"].startswith("/")
    assert found["warning"] == ""
