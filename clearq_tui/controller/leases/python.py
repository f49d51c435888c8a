"""Python packages in a lease: named, for a machine that fetches them itself, or brought."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clearq_tui.controller.leases.code import code_of
from clearq_tui.controller.leases.order import Order
from clearq_tui.controller.leases.tools import add_blobs
from clearq_tui.environment_plan import EnvironmentPlan
from clearq_tui.model import Refused
from clearq_tui.provisioning import Target, bring_python_environment


def add_python_packages(
    spec: dict[str, Any], order: Order, packages: Mapping[str, Any] | None, target: Target
) -> None:
    """The packages: as they are, for a machine that fetches them itself; else all of them.

    Raises:
        ProvisionError: something cannot be had.
    """
    if not order.offline:
        spec["packages"] = None if packages is None else dict(packages)
        return
    brought = bring_python_environment(
        order.plan.python, packages, target, order.errand(), code_of(order)
    )
    spec["python"], spec["packages"] = brought.python, brought.packages
    if brought.python_build is not None:
        spec["python_build"] = dict(brought.python_build)
    add_blobs(spec, brought.blobs)


def python_packages(plan: EnvironmentPlan) -> Mapping[str, Any] | None:
    """Those of the plan that pip knows.

    Raises:
        Refused: they are conda's.
    """
    packages = plan.packages
    if packages is None or packages.get("kind") == "python":
        return packages
    if packages.get("specs") == ["python"]:
        pip: Mapping[str, Any] | None = packages.get("pip")
        return pip  # a task of Python packages that was once run in the mode conda
    raise Refused(
        f"The task's packages are conda's, from {packages.get('source')}, and its mode is "
        f"{plan.mode}; clone it with the mode conda, or name its Python packages."
    )
