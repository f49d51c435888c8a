"""A cluster at one moment, as an operator may have it: for screenshots, and to test views on."""

from __future__ import annotations

import json
import math
import os
import random
from pathlib import Path
from typing import Final

from clearq_tui.feed.messages import Gpu, Sample
from clearq_tui.model import LinkState, Policy
from clearq_tui.operations import attempts as attempt_operations
from clearq_tui.operations import links, queues
from clearq_tui.operations.first_start import prepare_first_start
from clearq_tui.operations.machines import NewMachine, add_machine
from clearq_tui.operations.tasks import NewTask, enqueue
from clearq_tui.operations.workers import NewWorker, drain
from clearq_tui.paths import Home
from clearq_tui.store import Store, machines, samples, workers
from clearq_tui.ui.cluster import Cluster

NOW: Final = 1_790_000_000.0
"""When the scene takes place, seconds since the epoch."""
_GIB: Final = 1 << 30

_MACHINES: Final = (
    # name, GPUs, model, cores, memory in GiB, how busy
    ("gpu-a01", 8, "NVIDIA H100 80GB HBM3", 192, 1024, 0.95),
    ("gpu-a02", 8, "NVIDIA H100 80GB HBM3", 192, 1024, 0.88),
    ("gpu-a03", 8, "NVIDIA H100 80GB HBM3", 192, 1024, 0.0),
    ("gpu-b01", 4, "NVIDIA A100-SXM4-80GB", 128, 512, 0.72),
    ("gpu-b02", 4, "NVIDIA A100-SXM4-80GB", 128, 512, 0.61),
    ("gpu-b03", 4, "NVIDIA A100-SXM4-80GB", 128, 512, 0.0),
    ("gpu-c01", 2, "NVIDIA GeForce RTX 4090", 32, 128, 0.97),
    ("gpu-c02", 2, "NVIDIA GeForce RTX 4090", 32, 128, 0.05),
    ("cpu-d01", 0, "", 64, 256, 0.83),
    ("cpu-d02", 0, "", 64, 256, 0.12),
)
_RUNS: Final = (
    # worker, queue, name, command, minutes ago
    ("gpu-a01", "train", "resnet50/lr.3e-4", "python train.py --model resnet50 --lr 3e-4", 62),
    ("gpu-a02", "train", "vit-b16/seed3", "python train.py --model vit-b16 --seed 3", 131),
    ("gpu-a03", "train", "llama-ft/7", "torchrun --nproc-per-node 8 finetune.py --run 7", 215),
    ("gpu-b01", "hpo", "unet/trial-41", "python search.py --trial 41", 17),
    ("gpu-b02", "hpo", "unet/trial-42", "python search.py --trial 42", 12),
    ("gpu-c01", "train", "whisper-small", "python asr.py --size small", 44),
    ("cpu-d01", "prep", "shard-imagenet", "python shard.py --jobs 48 /data/imagenet", 8),
    ("cpu-d01", "prep", "tokenize-wiki", "python tokenize.py wiki.jsonl", 3),
)
_WAITING: Final = (
    ("train", "vit-b16/seed{}", "python train.py --model vit-b16 --seed {}", 24),
    ("hpo", "unet/trial-{}", "python search.py --trial {}", 60),
    ("prep", "shard-coco-{}", "python shard.py --part {} /data/coco", 6),
)


def fill(home: Home) -> Store:
    """The scene's store and logs in this home, which is made."""
    home.create()
    store = Store.open(home.database)
    prepare_first_start(store, now=NOW - 40 * 86_400)
    for name in ("train", "hpo", "prep"):
        queues.add_queue(store, name, now=NOW - 30 * 86_400)
    for machine in _MACHINES:
        _add_machine(store, machine)
    _online(store, "local", (0, "", 16, 64, 0.1), NOW - 3 * 86_400)
    _run_history(store)
    for worker, queue, name, command, minutes in _RUNS:
        _start(store, home, worker, queue, name, command, NOW - 60 * minutes)
    for queue, name, command, number in _WAITING:
        for part in range(number):
            new = NewTask(tuple(command.format(part).split()), name.format(part))
            enqueue(store, new, queue, now=NOW - 3600 + part)
    queues.pause(store, "prep", now=NOW - 600)
    _trouble(store)
    return store


def go_live(cluster: Cluster) -> None:
    """What the controller would have told: a fresh sample of each machine that is online."""
    for machine in machines.rows(cluster.store):
        cluster.seed_history(machine.id)
        if machine.link is LinkState.ONLINE:
            cluster.take_sample(machine.id, _sample(machine.name, NOW))


def _add_machine(store: Store, machine: tuple[str, int, str, int, int, float]) -> None:
    name, gpus, model, cores, memory, busy = machine
    served = ("prep",) if not gpus else ("train", "hpo")
    seat = NewWorker(
        slots=2 if not gpus else 1,
        queues=served,
        policy=Policy.STRICT if gpus else Policy.ROUND_ROBIN,
    )
    add_machine(store, NewMachine(name, f"ops@{name}"), seat, now=NOW - 20 * 86_400)
    _online(store, name, (gpus, model, cores, memory, busy), NOW - 86_400 * 2 - len(name))


def _online(store: Store, name: str, what: tuple[int, str, int, int, float], at: float) -> None:
    number = _machine_id(store, name)
    _, _, cores, memory, _ = what
    links.remember_agent(
        store,
        number,
        socket_path="/run/clearq.sock",
        python="/usr/bin/python3",
        boot_id="b",
        build="c",
        facts={
            "system": "Linux",
            "release": "6.8.0-45-generic",
            "architecture": "x86_64",
            "cpus": cores,
            "memory": memory * _GIB,
            "python": "3.11.9",
        },
    )
    links.raise_epoch(store, number)
    links.set_link(store, number, LinkState.ONLINE, now=at)
    with store.transaction():
        for second in range(600, 0, -10):
            samples.add(store, number, _sample(name, NOW - second), NOW - second)


def _machine_id(store: Store, name: str) -> int:
    found = machines.by_name(store, name)
    assert found is not None
    return found.id


def _sample(name: str, at: float) -> Sample:
    """The same sample for the same machine and time, always."""
    _, gpus, model, cores, memory, busy = next(
        (one for one in _MACHINES if one[0] == name), (name, 0, "", 16, 64, 0.1)
    )
    chance = random.Random(f"{name} {at}")
    wave = 0.5 + 0.5 * math.sin(at / 47 + len(name) + ord(name[-1]))
    level = max(0.0, min(1.0, busy * (0.75 + 0.25 * wave) + chance.uniform(-0.04, 0.02)))
    share = level if busy else 0.0
    return Sample(
        at=at,
        cpu=round(100 * (0.35 * share + 0.04) if gpus else 100 * level, 1),
        cores=cores,
        load=[round(share * cores * 0.4, 2)] * 3,
        memory={"used": int(memory * _GIB * (0.1 + 0.4 * share)), "total": memory * _GIB},
        network={"received": 1.1e9 * share * wave, "sent": 4e7 * share},
        disk={"read": 8.8e7 * share * (1 - wave), "written": 1.2e7 * share},
        space={"used": 1_900 * _GIB, "total": 3_600 * _GIB, "path": "/data"},
        gpus=[_gpu(index, model, share, chance) for index in range(gpus)],
    )


def _gpu(index: int, model: str, share: float, chance: random.Random) -> Gpu:
    size = 80 if "80GB" in model else 24
    use = min(100.0, max(0.0, round(100 * share + chance.uniform(-3, 3)))) if share else 0.0
    return Gpu(
        index=index,
        uuid=f"GPU-{index}",
        name=model,
        use=use,
        memory_used=int(size * _GIB * (0.02 + 0.87 * share)),
        memory_total=size * _GIB,
        temperature=34 + 38 * share + index % 3,
        power=80 + 540 * share,
    )


def _run_history(store: Store) -> None:
    """A few tasks that ended within the last hours, two of them badly and lately."""
    ends = (
        ("gpu-b03", "hpo", "unet/trial-38", 0, 300),
        ("gpu-b03", "hpo", "unet/trial-39", 0, 200),
        ("gpu-b03", "hpo", "unet/trial-40", 1, 35),
        ("gpu-c02", "train", "resnet50/lr.1e-2", 137, 21),
        ("gpu-c02", "train", "resnet50/lr.1e-3", 0, 500),
    )
    for worker, queue, name, code, minutes in ends:
        at = NOW - 60 * minutes
        command = ("python", "train.py", "--name", name)
        task = enqueue(store, NewTask(command, name), queue, now=at - 1900)
        machine = _lease(store, worker, task, at - 1800)
        outcome = "failed" if code else "completed"
        told = {"outcome": outcome, "exit_code": code, "signal": None, "reason": ""}
        _report(store, machine, f"{task}.1", "started", at - 1799, {})
        _report(store, machine, f"{task}.1", "ended", at, told)


def _start(
    store: Store, home: Home, worker: str, queue: str, name: str, command: str, at: float
) -> None:
    task = enqueue(store, NewTask(tuple(command.split()), name), queue, now=at - 30)
    machine = _lease(store, worker, task, at - 1)
    _report(store, machine, f"{task}.1", "started", at, {})
    log = home.attempt_log(task, 1)
    log.parent.mkdir(parents=True, mode=0o700, exist_ok=True)
    log.write_text("".join(_log_lines(name, at)))
    os.utime(log, (NOW, NOW))
    home.attempt_scalars(task, 1).write_text("".join(_scalar_lines(task)))


def _scalar_lines(task: int) -> list[str]:
    """Half an hour of training: a loss that falls, an accuracy that rises, both with some noise."""
    chance = random.Random(task)
    lines = []
    for step in range(0, 6200, 20):
        done = step / 6200
        told = {
            "step": step,
            "loss": round(0.4 + 2.1 * math.exp(-4 * done) + chance.gauss(0, 0.06), 4),
            "accuracy": round(0.93 - 0.7 * math.exp(-5 * done) + chance.gauss(0, 0.012), 4),
            "lr": round(3e-4 * (0.5 + 0.5 * math.cos(math.pi * done)), 8),
        }
        lines.append(json.dumps(told) + "\n")
    return lines


def _log_lines(name: str, at: float) -> list[str]:
    chance = random.Random(name)
    loss, lines = 2.3, [f"\x1b[1mRun {name}\x1b[0m on cuda\n"]
    for epoch in range(1, 32):
        loss *= 0.94 + chance.random() * 0.03
        seconds = 118 + chance.random() * 6
        lines.append(
            f"\x1b[36mepoch {epoch:>2}/90\x1b[0m  loss {loss:.4f}  "
            f"acc {1 - loss / 2.6:.4f}  {seconds:5.1f}s\n"
        )
        if chance.random() < 0.12:
            lines.append(f"\x1b[33mWARN\x1b[0m gradient norm {10 + chance.random() * 8:.1f} > 10\n")
    return lines


def _lease(store: Store, worker: str, task: int, at: float) -> int:
    seat = workers.by_name(store, worker)
    assert seat is not None
    granted = attempt_operations.lease(store, [(task, seat.id)], now=at)
    assert len(granted) == 1, f"{worker} took no #{task}"
    return seat.machine


_SEQUENCE: dict[tuple[Path, int], int] = {}


def _report(
    store: Store, machine: int, attempt: str, kind: str, at: float, data: dict[str, object]
) -> None:
    key = (store.path, machine)
    _SEQUENCE[key] = _SEQUENCE.get(key, 0) + 1
    event = {"seq": _SEQUENCE[key], "attempt": attempt, "kind": kind, "at": at, "data": data}
    attempt_operations.apply_events(store, machine, f"journal {machine}", [event], now=at)


def _trouble(store: Store) -> None:
    """One machine is away, one has an unknown host key, one cannot be logged in to, one drains."""
    links.set_link(
        store,
        _machine_id(store, "gpu-a03"),
        LinkState.OFFLINE,
        "No answer from gpu-a03:22 within 15 s.",
        now=NOW - 42,
    )
    drain(store, "gpu-b03", now=NOW - 900)
    add_machine(store, NewMachine("gpu-e01", "ops@gpu-e01"), now=NOW - 120)
    links.set_host_key(
        store,
        _machine_id(store, "gpu-e01"),
        '{"host":"gpu-e01","port":22,"public_key":"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKj",'
        '"fingerprint":"SHA256:Zx3vW8QmJ1c0Yt5kK9nB2hLrXo7uAeDfGiHpNqRsTw","line":"gpu-e01 ssh"}',
        now=NOW - 110,
    )
    add_machine(store, NewMachine("gpu-e02", "ops@gpu-e02"), now=NOW - 90)
    links.set_link(
        store,
        _machine_id(store, "gpu-e02"),
        LinkState.FAILED,
        "gpu-e02 accepts none of the keys that were offered for ops.",
        now=NOW - 80,
    )
