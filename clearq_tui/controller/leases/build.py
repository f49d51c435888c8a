"""Builds the spec of a lease that brings something along; fetches and packs, so in a thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from clearq_tui.controller.leases.code import pack_code
from clearq_tui.controller.leases.environment import add_environment
from clearq_tui.controller.leases.order import Order
from clearq_tui.controller.leases.parameters import add_overrides
from clearq_tui.controller.leases.plain import plain_spec
from clearq_tui.environment_plan import EnvironmentPlan


@dataclass(frozen=True)
class Built:
    """A lease that can be sent."""

    spec: dict[str, Any]
    delivered: tuple[tuple[str, str], ...]
    """Repository keys and commits that the machine's cache will have."""
    plan: EnvironmentPlan | None
    """The task's plan with what was found out, to be kept with it; None: nothing was."""


def build(order: Order) -> Built:
    """The spec, once all that it names lies among the blobs.

    Raises:
        ClearqError: something cannot be had, or the task makes no sense; the sentence says what to
            do.
        OSError: the disk refuses.
    """
    spec = plain_spec(order)
    spec["machine"] = order.machine.name
    delivered: tuple[tuple[str, str], ...] = ()
    if order.task.snapshot:
        packed = pack_code(order)
        spec["code"], delivered = packed.specification, packed.delivered
        spec["blobs"] += packed.blobs
    add_overrides(spec, order)
    plan = add_environment(spec, order)
    return Built(spec, delivered, plan)
