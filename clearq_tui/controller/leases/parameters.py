"""Overridden parameters in a lease: another command, other variables, rewritten files."""

from __future__ import annotations

from typing import Any

from clearq_tui.controller.leases.order import Order
from clearq_tui.operations.parameters import render_for_machine


def add_overrides(spec: dict[str, Any], order: Order) -> None:
    """Put what runs instead into the spec.

    Raises:
        Refused: an override makes no sense any more, or its file cannot be edited.
        CaptureError: the code is gone.
        OSError: the disk refuses.
    """
    if not order.task.overrides:
        return
    rendered = render_for_machine(order.task, order.home)
    spec["command"] = list(rendered.command)
    spec["environment"] = dict(rendered.environment)
    if rendered.files:
        spec["files"] = [{"path": file.path, "sha256": file.sha256} for file in rendered.files]
        spec["blobs"] += [{"sha256": file.sha256, "size": file.size} for file in rendered.files]
