"""Code on its way: a repository of 100 MB, whole, and again with one line changed."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from clearq_tui import feed
from clearq_tui.capture import capture
from clearq_tui.operations.tasks import NewTask, enqueue
from clearq_tui.store import tasks
from tests.bench.figure import Figure, median
from tests.bench.site import Site, site, wait_for

FILES = 200
FILE_BYTES = 500_000
"""Random bytes, which nothing makes smaller."""
CHANGES = 7
_WARM = 60.0
"""Seconds that a first time may take; nobody has promised a figure for it."""


def measure() -> Iterator[Figure]:
    """All figures, as they come."""
    with tempfile.TemporaryDirectory(prefix="clearq-bench-") as place, site() as here:
        repository = _repository(Path(place))
        with here.controller():
            here.add_machine("bench")
            here.await_online("bench")
            first = _deliver(here, repository, 0)
            yield Figure(
                "100 MB of code: enqueue → first instruction, first", first, _WARM, unit="s"
            )
            again = [_deliver(here, repository, number + 1) for number in range(CHANGES)]
            yield median(
                "100 MB of code, one line changed: enqueue → first instruction", again, 300
            )


def _repository(place: Path) -> Path:
    """A git repository of `FILES` files, committed."""
    for number in range(FILES):
        directory = place / f"part{number % 20}"
        directory.mkdir(exist_ok=True)
        (directory / f"data{number}.bin").write_bytes(os.urandom(FILE_BYTES))
    (place / "main.sh").write_text("# change 0\n")
    identity = ["-c", "user.name=bench", "-c", "user.email=bench@example.org"]
    for command in (["init", "-q"], ["add", "."], [*identity, "commit", "-qm", "all of it"]):
        subprocess.run(["git", *command], cwd=place, check=True)
    return place


def _deliver(here: Site, repository: Path, number: int) -> float:
    """Seconds from before the capture to the clock that the task itself reads."""
    mark = here.home.root / f"delivered-{number}"
    (repository / "main.sh").write_text(f"# change {number}\ndate +%s.%N > {mark}\n")
    before = time.time()
    snapshot = capture(repository, here.home.snapshots).to_json()
    new = NewTask(("/bin/sh", "main.sh"), snapshot=snapshot)
    task = enqueue(here.store, new, now=before)
    feed.nudge(here.home)
    wait_for(lambda: _is_over(here, task))
    return float(mark.read_text()) - before


def _is_over(here: Site, task: int) -> bool:
    found = tasks.get(here.store, task)
    assert found is not None
    return found.state.is_ended
