"""Overridden parameters in a lease: another command, other variables, rewritten files."""

from __future__ import annotations

from typing import Any

from clearq_tui.controller.leases.order import Order


def add_overrides(spec: dict[str, Any], order: Order) -> None:
    """Put what runs instead into the spec."""
    if not order.task.overrides:
        return
