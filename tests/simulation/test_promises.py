"""Thousands of random schedules through both ends' real logic, and what must hold after each."""

from __future__ import annotations

import os
import random
import time

import pytest

from tests.simulation.world import World

SCHEDULES = 10_000
STEPS = 120


@pytest.mark.timeout(600)
def test_every_promise_holds_on_random_schedules(capsys: pytest.CaptureFixture[str]) -> None:
    first = int(os.environ.get("CLEARQ_SIMULATION_SEED", random.randrange(1 << 32)))
    began = time.monotonic()
    for seed in range(first, first + SCHEDULES):
        World(seed).run(STEPS)
    with capsys.disabled():
        seconds = time.monotonic() - began
        print(
            f"\nsimulation: {SCHEDULES} schedules of {STEPS} steps from seed {first} "
            f"in {seconds:.0f} s; CLEARQ_SIMULATION_SEED={first} repeats them"
        )
