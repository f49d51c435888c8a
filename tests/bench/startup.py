"""How long commands take from start to exit: `python -m tests.bench.startup`.

Byte-compiled, as an installed clearq is; the whole process is measured, interpreter included.
"""

from __future__ import annotations

import compileall
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import clearq_tui

_RUNS = 15
_GOALS: dict[tuple[str, ...], float] = {
    ("--help",): 120.0,
    ("machine", "--help"): 250.0,
    ("task", "list"): 250.0,
    ("task", "list", "--json"): 250.0,
    ("status",): 400.0,
    ("worker", "drain", "local"): 250.0,
    ("enqueue", "--no-code", "--no-start", "true"): 250.0,
    ("enqueue", "--no-start", "true"): 250.0,
}
"""Milliseconds. The last one captures a working tree of two files."""


@dataclass(frozen=True)
class Measurement:
    """One command: median and worst of its runs, and the goal for the median. Milliseconds."""

    name: str
    p50: float
    worst: float
    goal: float

    def __str__(self) -> str:
        verdict = "ok" if self.p50 <= self.goal else "TOO SLOW"
        return f"{self.name:<44} {self.p50:8.1f} {self.worst:8.1f} ≤ {self.goal:6.1f}  {verdict}"


def measure() -> list[Measurement]:
    """Start each command a number of times on a store that exists."""
    compileall.compile_dir(Path(clearq_tui.__file__).parent, quiet=1)
    with tempfile.TemporaryDirectory() as place:
        directory = Path(place) / "work"
        directory.mkdir()
        subprocess.run(["git", "init", "-q", directory], check=True)
        for name in ("train.py", "model.py"):
            (directory / name).write_text("pass\n")
        home = {"CLEARQ_HOME": str(Path(place) / "home")}
        environment = {
            key: value for key, value in os.environ.items() if not key.startswith("PYTHON")
        } | home
        _run(("task", "list"), directory, environment)
        return [_measured(words, goal, directory, environment) for words, goal in _GOALS.items()]


def _measured(
    words: tuple[str, ...], goal: float, directory: Path, environment: dict[str, str]
) -> Measurement:
    _run(words, directory, environment)
    times = [_run(words, directory, environment) for _ in range(_RUNS)]
    name = f"clearq {' '.join(words)}"
    return Measurement(name, statistics.median(times), max(times), goal)


def _run(words: tuple[str, ...], directory: Path, environment: dict[str, str]) -> float:
    began = time.perf_counter()
    subprocess.run(
        [Path(sys.executable).with_name("clearq"), *words],
        cwd=directory,
        env=environment,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return (time.perf_counter() - began) * 1000


def main() -> None:
    """Print all measurements."""
    for measurement in measure():
        print(measurement)


if __name__ == "__main__":
    main()
