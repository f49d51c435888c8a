"""From a task in the store to the spec that its lease carries; its code goes along as blobs."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from clearq_tui.capture import Delivery, archive, deliver, snapshot_from_json
from clearq_tui.model import Attempt, Task, Worker
from clearq_tui.paths import Home


def plain_spec(task: Task, attempt: Attempt, worker: Worker) -> dict[str, Any]:
    """The spec of a task that brings no code."""
    return {
        "task": task.id,
        "attempt": attempt.number,
        "name": task.name,
        "worker": worker.name,
        "command": list(task.command),
        "environment": dict(task.environment),
        "mode": "host",
        "code": None,
        "blobs": [],
    }


def spec_with_code(
    task: Task,
    attempt: Attempt,
    worker: Worker,
    home: Home,
    *,
    has_git: bool,
    known_commits: Mapping[str, Collection[str]],
) -> dict[str, Any]:
    """The spec of a task with code. Runs git, for as long as the code is large.

    Raises:
        CaptureError: the captured code is not in the snapshots any more.
    """
    snapshot = snapshot_from_json(task.snapshot)
    if has_git:
        delivery = deliver(snapshot, home.snapshots, known_commits, home.blobs)
    else:
        delivery = archive(snapshot, home.snapshots, home.blobs)
    spec = plain_spec(task, attempt, worker)
    spec["code"] = delivery.specification()
    spec["blobs"] = _blobs(delivery)
    return spec


def _blobs(delivery: Delivery) -> list[dict[str, Any]]:
    return [{"sha256": blob.sha256, "size": blob.size} for blob in delivery.blobs]
