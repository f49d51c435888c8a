"""Which secrets a lease needs: those of the task, and the one for its image's registry."""

from __future__ import annotations

from clearq_tui.environment_plan import merged
from clearq_tui.model import Task, Worker


def secret_uses(task: Task, worker: Worker) -> list[dict[str, str]]:
    """Each with its name, its kind and its target, as the spec says it; never a value."""
    uses = [{"name": use.name, "kind": use.kind, "target": use.target} for use in task.secrets]
    plan = merged(worker.plan, task.plan)
    if plan.mode == "docker" and plan.registry:
        host, _, name = plan.registry
        uses.append({"name": name, "kind": "login", "target": host})
    return uses
