"""Conda packages in a lease: solved once, the lock kept with the task."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from clearq_tui.conda.bring import bring_conda_environment
from clearq_tui.controller.leases.code import code_of
from clearq_tui.controller.leases.order import Order
from clearq_tui.controller.leases.tools import add_blobs, add_tool, add_uv
from clearq_tui.environment_plan import EnvironmentPlan


def add_conda(spec: dict[str, Any], order: Order) -> EnvironmentPlan | None:
    """Put the environment into the spec; the task's plan with the lock, where that is new.

    Raises:
        CondaError: there is no solution, or something cannot be fetched.
        ProvisionError: a package of the pip section cannot be had.
    """
    plan = order.plan
    brought = bring_conda_environment(
        plan.packages,
        plan.python,
        order.facts,
        order.errand(),
        code_of(order),
        offline=order.offline,
    )
    spec["packages"] = brought.packages
    add_blobs(spec, brought.files)
    if brought.packages["pip"] is not None:
        add_uv(spec, order)
    if brought.rattler is not None:
        add_tool(spec, "rattler", brought.rattler)
    if brought.python_build is not None:
        spec["python_build"] = dict(brought.python_build)
        add_blobs(spec, [brought.python_build])
    if brought.kept == plan.packages:
        return None
    return replace(order.task.plan, packages=brought.kept)
