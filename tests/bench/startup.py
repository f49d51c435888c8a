"""How long commands take from start to exit.

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
from collections.abc import Iterator
from pathlib import Path

import clearq_tui
from tests.bench.figure import Figure

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


def measure() -> Iterator[Figure]:
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
        for words, goal in _GOALS.items():
            yield _measured(words, goal, directory, environment)


def _measured(
    words: tuple[str, ...], goal: float, directory: Path, environment: dict[str, str]
) -> Figure:
    _run(words, directory, environment)
    times = [_run(words, directory, environment) for _ in range(_RUNS)]
    name = f"clearq {' '.join(words)}"
    return Figure(name, statistics.median(times), goal, max(times))


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
