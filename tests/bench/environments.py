"""Python environments: enqueue to the user's first line, against venv and pip by hand."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from clearq_tui import feed
from clearq_tui.environment_plan import EnvironmentPlan
from clearq_tui.operations.tasks import NewTask, enqueue
from clearq_tui.store import attempts, tasks
from tests.bench.figure import Figure, median
from tests.bench.site import Site, site, wait_for
from tests.python_environments.index import Index
from tests.python_environments.wheels import Package

NAMES = ("alpha", "beta", "gamma")
COLD = 5
WARM = 15
BY_HAND = 3
_SAY = "import time; now = time.time(); import alpha, beta, gamma; print(now)"


def measure() -> Iterator[Figure]:
    """All figures, as they come."""
    with tempfile.TemporaryDirectory(prefix="clearq-bench-") as place:
        files = Path(place) / "index"
        for name in NAMES:
            for number in range(COLD + 1):
                Package(name, f"1.{number}").wheel(files)
        with Index(files) as index, site() as here:
            here.environment.update({"PIP_INDEX_URL": index.url, "PIP_CONFIG_FILE": "/dev/null"})
            yield from _by_hand(Path(place), index)
            with here.controller():
                here.add_machine("bench")
                here.await_online("bench")
                yield from _by_clearq(here, index)


def _by_clearq(here: Site, index: Index) -> Iterator[Figure]:
    first, _ = _run(here, index, 0)
    yield Figure("venv, uv itself still on its way: enqueue → first line", first, 10, unit="s")
    cold = [_run(here, index, number + 1) for number in range(COLD)]
    yield median("venv, cold, three small wheels: enqueue → first line", [t for t, _ in cold], 2000)
    warm = [_run(here, index, 1) for _ in range(WARM)]
    yield median("venv, warm: enqueue → first line", [total for total, _ in warm], 200)
    yield median("venv, warm: the packages' step alone", [step for _, step in warm], 100)


def _run(here: Site, index: Index, number: int) -> tuple[float, float]:
    """Seconds until the user's first line, and those that the packages took, for one version."""
    packages = {
        "kind": "python",
        "source": "list",
        "python": "",
        "lines": [f"{name}==1.{number}" for name in NAMES],
        "constraints": [],
        "options": [f"--index-url {index.url}"],
        "projects": [],
        "locked": False,
    }
    plan = EnvironmentPlan(mode="venv", packages=packages)
    before = time.time()
    task = enqueue(here.store, NewTask(("python", "-c", _SAY), plan=plan), now=before)
    feed.nudge(here.home)
    wait_for(lambda: _is_over(here, task))
    (attempt,) = attempts.of_task(here.store, task)
    log = here.home.attempt_log(task, 1)
    wait_for(lambda: bool(_first_line(log)))
    seconds = next(step.seconds for step in attempt.steps if step.name == "packages")
    assert seconds is not None, attempt.reason
    return float(_first_line(log)) - before, seconds


def _first_line(log: Path) -> str:
    """The user's own first line, after all that clearq and its tools have said."""
    lines = log.read_text().splitlines() if log.exists() else []
    return next((line for line in lines if line.replace(".", "", 1).isdigit()), "")


def _is_over(here: Site, task: int) -> bool:
    found = tasks.get(here.store, task)
    assert found is not None
    return found.state.is_ended


def _by_hand(place: Path, index: Index) -> Iterator[Figure]:
    """What the same takes with the tools of the standard library; nobody has promised a figure."""
    times = []
    for number in range(BY_HAND):
        environment = place / f"by-hand-{number}"
        before = time.time()
        subprocess.run([sys.executable, "-m", "venv", environment], check=True)
        wanted = [f"{name}==1.{number}" for name in NAMES]
        pip = [str(environment / "bin" / "pip"), "install", "-q", "--disable-pip-version-check"]
        subprocess.run([*pip, "--isolated", "--index-url", index.url, *wanted], check=True)
        said = subprocess.run(
            [environment / "bin" / "python", "-c", _SAY], check=True, capture_output=True
        )
        times.append(float(said.stdout) - before)
    yield median("for comparison: python -m venv, pip install, first line", times, 60_000)
