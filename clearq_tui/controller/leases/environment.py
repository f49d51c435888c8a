"""What a lease brings for its environment, mode by mode."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from clearq_tui.controller.leases.code import code_of
from clearq_tui.controller.leases.conda import add_conda
from clearq_tui.controller.leases.order import Order
from clearq_tui.controller.leases.tools import add_blobs, add_uv
from clearq_tui.environment_plan import EnvironmentPlan
from clearq_tui.model import Refused
from clearq_tui.provisioning import bring_python_environment, target_of


def add_environment(spec: dict[str, Any], order: Order) -> EnvironmentPlan | None:
    """Put what the mode needs into the spec; the task's plan where it is to be kept anew.

    Raises:
        ClearqError: something cannot be had; the sentence says what, why and what to do.
        OSError: the disk refuses.
    """
    return _MODES[order.plan.mode](spec, order)


def _host(_spec: dict[str, Any], _order: Order) -> None:
    """The machine's own programs: nothing travels."""


def _venv(spec: dict[str, Any], order: Order) -> None:
    add_uv(spec, order)
    add_python_packages(spec, order, python_packages(order.plan))


def add_python_packages(
    spec: dict[str, Any], order: Order, packages: Mapping[str, Any] | None
) -> None:
    """The packages: as they are, for a machine that fetches them itself; else all of them.

    Raises:
        ProvisionError: something cannot be had.
    """
    if not order.offline:
        spec["packages"] = None if packages is None else dict(packages)
        return
    brought = bring_python_environment(
        order.plan.python, packages, target_of(order.facts), order.errand(), code_of(order)
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


_MODES: Mapping[str, Callable[[dict[str, Any], Order], EnvironmentPlan | None]] = {
    "host": _host,
    "venv": _venv,
    "conda": add_conda,
    "docker": _venv,
}
