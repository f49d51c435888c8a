"""The part of a lease's spec that costs nothing to say."""

from __future__ import annotations

from typing import Any

from clearq_tui.controller.leases.order import Order
from clearq_tui.controller.leases.secrets import secret_uses


def plain_spec(order: Order) -> dict[str, Any]:
    """The whole spec of an order that is plain, and the beginning of any other's.

    What is empty is left out, so that a simple task's lease stays a few hundred bytes.
    """
    task, plan = order.task, order.plan
    spec: dict[str, Any] = {
        "task": task.id,
        "attempt": order.attempt.number,
        "name": task.name,
        "worker": order.worker.name,
        "command": list(task.command),
        "environment": dict(task.environment),
        "mode": plan.mode,
        "code": None,
        "blobs": [],
    }
    scripts = (("worker", order.worker.plan.setup), ("task", task.plan.setup))
    if setup := [{"whose": whose, "script": script} for whose, script in scripts if script]:
        spec["setup"] = setup
    if plan.system_packages:
        spec["system_packages"] = list(plan.system_packages)
    if plan.python:
        spec["python"] = plan.python
    if secrets := secret_uses(task, order.worker):
        spec["secrets"] = secrets
    if order.offline:
        spec["offline"] = True
    return spec
