"""A store with tasks in every state, made by the operations that make them in earnest."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from clearq_tui.model import LinkState
from clearq_tui.operations import attempts, machines, queues, tasks
from clearq_tui.operations.first_start import prepare_first_start
from clearq_tui.operations.workers import NewWorker
from clearq_tui.paths import Home
from clearq_tui.store import Store
from clearq_tui.store import machines as stored_machines
from clearq_tui.store import workers as stored_workers

NOW = 1_800_000_000.0
SNAPSHOT = json.dumps(
    {
        "version": 1,
        "repositories": [
            {
                "path": "", "key": "0" * 32, "head": "4f2a91c" + "0" * 33, "index": "1" * 40,
                "worktree": "2" * 40, "branch": "main", "remote_url": "git@example.org:lab/vision",
                "object_format": "sha1",
            }
        ],
        "subdirectory": "vision", "warnings": [],
        "counts": {"staged": 1, "unstaged": 2, "untracked": 4},
    }
)  # fmt: skip


@dataclass
class TaskWorld:
    """The store, and an agent on each machine that says what the test wants."""

    home: Home
    store: Store
    now: float = NOW
    _seq: dict[int, int] = field(default_factory=dict)

    def machine(self, name: str, *served: str, slots: int = 2) -> int:
        """An online machine with one worker of the same name."""
        seat = NewWorker(slots=slots, queues=served)
        new = machines.NewMachine(name, f"ops@{name}")
        made = machines.add_machine(self.store, new, seat, now=self.now)
        attempts.set_link(self.store, made, LinkState.ONLINE, "", now=self.now)
        return made

    def queued(self, name: str, queue: str, *command: str, age: float = 0.0) -> int:
        """A task that waits."""
        words = command or ("python", "train.py", "--run", name)
        new = tasks.NewTask(words, name, {"WANDB_MODE": "offline"}, SNAPSHOT)
        return tasks.enqueue(self.store, new, queue, now=self.now - age)

    def lease(self, task: int, worker: str, age: float = 0.0) -> str:
        """Give the task to a worker; the attempt's name."""
        seat = stored_workers.by_name(self.store, worker)
        assert seat is not None
        granted = attempts.lease(self.store, [(task, seat.id)], now=self.now - age)
        assert granted, f"task {task} was not leased"
        return granted[0].name

    def tell(self, worker: str, attempt: str, kind: str, age: float = 0.0, **data: object) -> None:
        """The worker's machine reports an event."""
        machine = stored_machines.by_name(self.store, worker)
        assert machine is not None
        seq = self._seq[machine.id] = self._seq.get(machine.id, 0) + 1
        event = {
            "seq": seq, "attempt": attempt, "kind": kind, "at": self.now - age, "data": data,
        }  # fmt: skip
        attempts.apply_events(self.store, machine.id, "journal-1", [event], now=self.now)

    def running(self, task: int, worker: str, age: float = 0.0) -> str:
        """The task runs on the worker since `age` seconds; the attempt's name."""
        attempt = self.lease(task, worker, age + 2)
        self.tell(worker, attempt, "accepted", age + 2)
        self.tell(worker, attempt, "preparing", age + 1)
        self.tell(worker, attempt, "started", age)
        return attempt

    def ended(
        self, task: int, worker: str, outcome: str, code: int | None = None, *,
        age: float = 0.0, ran: float = 60.0, reason: str = "",
    ) -> str:  # fmt: skip
        """The task ran on the worker for `ran` seconds and ended `age` seconds ago."""
        attempt = self.running(task, worker, age + ran)
        self.tell(
            worker, attempt, "ended", age, outcome=outcome, exit_code=code, signal=None,
            reason=reason,
        )  # fmt: skip
        self.tell(worker, attempt, "released", age)
        return attempt

    def write_log(self, attempt: str, lines: Sequence[str]) -> Path:
        """What the attempt wrote so far."""
        task, _, number = attempt.partition(".")
        path = self.home.attempt_log(int(task), int(number))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{line}\n" for line in lines))
        size = path.stat().st_size
        attempts.log_progress(self.store, [(int(task), int(number), size)])
        return path


def new_world(root: Path) -> TaskWorld:
    """Queues default, services, train, hpo and lowprio; workers local, gpu-a01 and gpu-a02."""
    home = Home(root)
    home.create()
    store = Store.open(home.database)
    prepare_first_start(store, now=NOW - 9000)
    world = TaskWorld(home, store)
    for name in ("train", "hpo", "lowprio"):
        queues.add_queue(store, name, now=NOW - 9000)
    world.machine("gpu-a01", "train", "hpo")
    world.machine("gpu-a02", "train")
    return world


def busy_world(root: Path) -> TaskWorld:
    """A world where every state of a task occurs; see the names of the tasks."""
    world = new_world(root)
    done = world.queued("resnet50/warmup", "train", age=7200)
    world.ended(done, "gpu-a01", "completed", 0, age=5000, ran=1900)
    failed = world.queued("vit-b16/lr.3", "train", age=7100)
    world.ended(
        failed, "gpu-a02", "failed", 137, age=3000, ran=700, reason="killed: out of memory (64 GiB)"
    )
    aborted = world.queued("unet/old-config", "train", age=7000)
    world.ended(aborted, "gpu-a01", "aborted", 143, age=2800, ran=90, reason="by operator")
    lost = world.queued("llama-ft/7", "hpo", age=6900)
    world.ended(lost, "gpu-a01", "lost", None, age=2400, ran=40, reason="the machine rebooted")
    tasks.retry(world.store, [failed], now=world.now - 2000)
    attempt = world.running(failed, "gpu-a01", 1890)
    world.write_log(
        attempt,
        [
            "loading 1,281,167 images",
            *(f"epoch {n}/90 loss {2.4 / (n + 1):.3f}" for n in range(31)),
        ],
    )
    second = world.queued("resnet50/lr.3", "train", age=3600)
    world.running(second, "gpu-a02", 3720)
    preparing = world.queued("bert/base", "hpo", age=60)
    world.tell("gpu-a01", world.lease(preparing, "gpu-a01", 4), "preparing", 3)
    leased = world.queued("bert/large", "train", age=50)
    world.lease(leased, "gpu-a02", 1)
    for number in range(14):
        world.queued(f"sweep/{number:02}", "train", age=600 - number)
    for number in range(3):
        world.queued(f"night/{number}", "lowprio", age=400 - number)
    queues.pause(world.store, "lowprio", now=world.now - 300)
    new = tasks.NewTask(("bash", "-c", "nvidia-smi | tee out.txt"), "")
    tasks.create_draft(world.store, new, now=world.now - 100)
    return world
