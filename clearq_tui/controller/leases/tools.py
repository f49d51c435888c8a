"""Programs that travel with a lease, and the list of everything that travels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from clearq_tui.controller.leases.order import Order
from clearq_tui.provisioning import target_of, uv_wheel


def add_uv(spec: dict[str, Any], order: Order) -> None:
    """uv, where it can be had; without it the machine does with what it has, and says so."""
    wheel, _why = uv_wheel(target_of(order.facts), order.errand())
    if wheel is not None:
        add_tool(spec, "uv", wheel)


def add_tool(spec: dict[str, Any], name: str, wheel: Mapping[str, Any]) -> None:
    """A wheel whose program the machine runs."""
    tool = {field: wheel[field] for field in ("name", "sha256", "size")}
    spec.setdefault("tools", {})[name] = tool
    add_blobs(spec, [wheel])


def add_blobs(spec: dict[str, Any], blobs: Iterable[Mapping[str, Any]]) -> None:
    """Blobs that the machine keeps, each named once."""
    named = {blob["sha256"] for blob in spec["blobs"]}
    for blob in blobs:
        if blob["sha256"] not in named:
            named.add(blob["sha256"])
            kept = {"sha256": blob["sha256"], "size": blob["size"], "keep": True}
            spec["blobs"].append(kept)
