"""What is removed from the laptop with its task, and what is not."""

from __future__ import annotations

import os
import time
from pathlib import Path

from clearq_tui.controller.leftovers import PARTS_KEPT, remove_leftovers
from clearq_tui.operations import attempts, output_reports, outputs, tasks
from clearq_tui.operations.first_start import prepare_first_start
from clearq_tui.operations.output_reports import Told
from clearq_tui.output_places import part_path, whole_path
from clearq_tui.paths import Home
from clearq_tui.store import Store, machines, workers


def write(path: Path, age: float = 0.0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    os.utime(path, (time.time() - age,) * 2)
    return path


def test_only_what_belongs_to_nobody_goes(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.create()
    old = PARTS_KEPT + 60
    with Store.open(home.database) as store:
        prepare_first_start(store, now=1.0)
        machine = machines.rows(store)[0].id
        ids = [tasks.enqueue(store, tasks.NewTask(("x",)), now=1.0) for _ in range(2)]
        attempts.lease(store, [(ids[0], workers.of_machine(store, machine)[0].id)], now=2.0)
        files = [("wanted", 9, 1), ("given up", 9, 1), ("young", 9, 1)]
        output_reports.take_listing(store, machine, Told("1.1", files), now=3.0)
        outputs.fetch(store, 1, 1, ["wanted"], now=4.0)
        parts = {
            name: write(part_path(home, 1, 1, name, (9, 1)), 0.0 if name == "young" else old)
            for name, _, _ in files
        }
        kept = [write(whole_path(home, 1, 1, "f"), old), write(home.attempt_log(1, 1), old)]
        gone = [
            write(whole_path(home, 2, 1, "f")),
            write(home.attempt_log(2, 1)),
            write(home.attempt_scalars(2, 1)),
        ]
        strange = write(home.root / "outputs" / "notes" / "mine")
        tasks.remove(store, [2], now=5.0).check()
        remove_leftovers(store, home, time.time())
    assert {name: path.exists() for name, path in parts.items()} == {
        "wanted": True, "given up": False, "young": True,
    }  # fmt: skip
    assert all(path.exists() for path in [*kept, strange])
    assert not any(path.exists() for path in gone)
    assert not (home.root / "outputs" / "2").exists()
