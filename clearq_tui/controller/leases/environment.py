"""What a lease brings for its environment, mode by mode."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from clearq_tui.controller.leases.conda import add_conda
from clearq_tui.controller.leases.docker import add_docker
from clearq_tui.controller.leases.order import Order
from clearq_tui.controller.leases.python import add_python_packages, python_packages
from clearq_tui.controller.leases.tools import add_uv
from clearq_tui.environment_plan import EnvironmentPlan
from clearq_tui.provisioning import target_of


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
    add_python_packages(spec, order, python_packages(order.plan), target_of(order.facts))


_MODES: Mapping[str, Callable[[dict[str, Any], Order], EnvironmentPlan | None]] = {
    "host": _host,
    "venv": _venv,
    "conda": add_conda,
    "docker": add_docker,
}
