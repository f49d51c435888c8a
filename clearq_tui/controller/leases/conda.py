"""Conda packages in a lease: solved once, the lock kept with the task."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from clearq_tui.conda import as_conda_packages, carry, lock_for, target_of
from clearq_tui.controller.leases.order import Order
from clearq_tui.controller.leases.tools import add_blobs, add_uv
from clearq_tui.environment_plan import EnvironmentPlan


def add_conda(spec: dict[str, Any], order: Order) -> EnvironmentPlan | None:
    """Put the environment into the spec; the task's plan with the lock, where that is new.

    Raises:
        CondaError: there is no solution, or something cannot be fetched.
    """
    target, plan = target_of(order.facts), order.plan
    asked = as_conda_packages(plan.packages, plan.python)
    locked = lock_for(asked, target, order.home, order.say)
    carried = carry(locked, target, order.home, order.say, offline=order.offline)
    spec["packages"] = carried.packages
    add_blobs(spec, carried.blobs)
    add_uv(spec, order)
    return None if locked == plan.packages else replace(order.task.plan, packages=locked)
