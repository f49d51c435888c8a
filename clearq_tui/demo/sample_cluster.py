"""Fills an empty store with machines, queues and tasks that are worth looking at."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from clearq_tui.capture import capture
from clearq_tui.model import Policy
from clearq_tui.operations.first_start import prepare_first_start
from clearq_tui.operations.machines import NewMachine, add_machine, remove_machine
from clearq_tui.operations.queues import add_queue
from clearq_tui.operations.tasks import NewTask, create_draft, enqueue
from clearq_tui.operations.workers import NewWorker
from clearq_tui.paths import Home
from clearq_tui.store import Store

MACHINES: Final = {
    "atlas": NewWorker(slots=2),
    "borea": NewWorker(queues=("experiments", "default"), policy=Policy.ROUND_ROBIN),
    "comet": NewWorker(slots=2, queues=("services",)),
}
"""The worker that each machine gets."""
_PROJECT: Final = Path(__file__).with_name("project")
_RATES: Final = ("0.1", "0.03", "0.01", "0.003", "0.001")
_EXPERIMENTS: Final = 4


def fill(store: Store, home: Home, project: Path, *, now: float) -> None:
    """Register the machines and queue the tasks; their code is a copy of the sample in `project`.

    Raises:
        CaptureError: the code cannot be captured.
        OSError: the copy cannot be made.
    """
    prepare_first_start(store, now=now)
    # An agent of the demo's has no business in the operator's own home.
    remove_machine(store, "local", now=now)
    add_queue(store, "experiments", now=now)
    for name, worker in MACHINES.items():
        add_machine(store, NewMachine(name, target=name), worker, now=now)
    shutil.copytree(_PROJECT, project, ignore=shutil.ignore_patterns("__pycache__"))
    code = capture(project, home.snapshots).to_json()
    for queue, name, command in _tasks():
        enqueue(store, NewTask(command, name, snapshot=code), queue, now=now)
    draft = NewTask(_train("0.3", "50"), "train, rate 0.3, perhaps", snapshot=code)
    create_draft(store, draft, now=now)


def _tasks() -> list[tuple[str, str, tuple[str, ...]]]:
    """Queue, name and command, first one first."""
    return [
        ("default", "look around", ("sh", "look.sh")),
        ("default", "resume from a checkpoint", ("python3", "broken.py")),
        ("services", "dashboard", ("python3", "serve.py")),
        *(("default", f"train, rate {rate}", _train(rate, "25")) for rate in _RATES),
        *(
            ("experiments", f"short run {number}", _train("0.05", "8"))
            for number in range(1, _EXPERIMENTS + 1)
        ),
        ("default", "train through the night", _train("0.0001", "36000")),
    ]


def _train(rate: str, epochs: str) -> tuple[str, ...]:
    return ("python3", "train.py", "--rate", rate, "--epochs", epochs)
