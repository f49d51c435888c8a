"""A store with as many tasks as an operator may ever have, made in a few seconds."""

from __future__ import annotations

import random
from pathlib import Path

from clearq_tui.model import Policy, TaskState
from clearq_tui.operations.first_start import prepare_first_start
from clearq_tui.operations.machines import NewMachine, add_machine
from clearq_tui.operations.queues import add_queue
from clearq_tui.operations.workers import NewWorker
from clearq_tui.store import Store
from clearq_tui.store.encoding import STATE_BIT, to_json

NOW = 1_800_000_000.0
QUEUES = ("train", "hpo", "lowprio")
_WEIGHTS = {
    TaskState.DRAFT: 2,
    TaskState.QUEUED: 40,
    TaskState.COMPLETED: 40,
    TaskState.FAILED: 12,
    TaskState.ABORTED: 5,
    TaskState.LOST: 1,
}
_MODELS = ("resnet50", "vit-b16", "llama-ft", "unet", "bert")


def fill(path: Path, tasks: int = 100_000, machines: int = 100, seed: int = 1) -> Store:
    """A store with so many tasks in all states but the active ones, over five queues."""
    store = Store.open(path)
    prepare_first_start(store, now=NOW)
    for name in QUEUES:
        add_queue(store, name, now=NOW)
    for number in range(machines):
        new = NewMachine(f"gpu-{number:03}", f"gpu-{number:03}")
        seat = NewWorker(slots=2, queues=("train", "hpo"), policy=Policy.ROUND_ROBIN)
        add_machine(store, new, seat, now=NOW)
    chance = random.Random(seed)
    with store.transaction():
        store.change_many(
            "INSERT INTO tasks (id, name, state, queue, rank, worker, machine, attempt, created_at,"
            " changed_at, started_at, ended_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [_task_row(number, machines, chance) for number in range(1, tasks + 1)],
        )
        store.change_many(
            "INSERT INTO task_specs (task, command, search) VALUES (?, ?, ?)",
            [_spec_row(number, chance) for number in range(1, tasks + 1)],
        )
    return store


def _name(number: int) -> str:
    return f"{_MODELS[number % len(_MODELS)]}/lr.{number % 997}"


def _task_row(
    number: int, machines: int, chance: random.Random
) -> tuple[int | str | float | None, ...]:
    state = chance.choices(list(_WEIGHTS), list(_WEIGHTS.values()))[0]
    ran = state.is_ended
    seat = chance.randrange(machines) + 2 if ran else None
    started = NOW + number + chance.random() * 1e5
    return (
        number,
        _name(number),
        STATE_BIT[state],
        None if state is TaskState.DRAFT else chance.randrange(5) + 1,
        None if state is TaskState.DRAFT else number << 32,
        seat,
        seat,
        int(ran),
        NOW + number,
        started,
        started if ran else None,
        started + chance.expovariate(1 / 3600) if ran else None,
    )


def _spec_row(number: int, chance: random.Random) -> tuple[int, str, str]:
    command = ["python", "train.py", "--lr", f"{chance.random():.6f}", "--seed", str(number)]
    return number, to_json(command), f"{number} {_name(number)} {' '.join(command)}"
