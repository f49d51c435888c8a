"""`inspect` beside a runner that goes on meanwhile, in every way their steps can interleave."""

from __future__ import annotations

import fcntl
import itertools
import json
import os
from pathlib import Path

import pytest

from remote_agent import attempts
from remote_agent.layout import Layout

PROBES = 5
"""More than `inspect` takes in its first round; in later ones the runner stands still."""


class StandIn:
    """A runner that goes one step at a time: lock, start, result, end."""

    STATES = ("created", "starting", "running", "ended", "ended")

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._lock = -1
        self.steps = 0

    def step(self) -> None:
        (self._take_lock, self._start, self._finish, self._let_go)[self.steps]()
        self.steps += 1

    def _take_lock(self) -> None:
        self._lock = os.open(self._directory / "lock", os.O_RDWR)
        fcntl.flock(self._lock, fcntl.LOCK_EX)

    def _start(self) -> None:
        (self._directory / "started.json").write_text(json.dumps({"boot": "b"}))

    def _finish(self) -> None:
        (self._directory / "result.json").write_text(json.dumps({"outcome": "completed"}))

    def _let_go(self) -> None:
        os.close(self._lock)


def test_no_interleaving_shows_what_never_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    probes = {name: getattr(attempts, name) for name in ("_read", "_is_locked")}
    looked = 0
    for number, when in enumerate(
        itertools.combinations_with_replacement(range(PROBES + 1), len(StandIn.STATES) - 1)
    ):
        layout = Layout(str(tmp_path / str(number)))
        layout.make_directories()
        attempts.create(layout, "1.1", {})
        runner = StandIn(Path(layout.attempt("1.1")))
        probed = itertools.count()

        def advance(probe: str, *arguments: object) -> object:
            now = next(probed)  # noqa: B023 - called within this round
            for _ in range(when.count(now)):  # noqa: B023
                runner.step()  # noqa: B023
            return probes[probe](*arguments)

        for name in probes:
            monkeypatch.setattr(attempts, name, lambda *rest, name=name: advance(name, *rest))
        phase = attempts.inspect(layout, "1.1").phase
        assert phase in runner.STATES[: runner.steps + 1], when
        looked += 1
        while runner.steps < len(when):
            runner.step()
    assert looked > 100
