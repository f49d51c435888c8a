"""Whether a machine fetches by itself, or the laptop fetches for it."""

from __future__ import annotations

from collections.abc import Mapping

DIRECT = "direct"
VIA_LAPTOP = "via-laptop"


def travels_via_laptop(machine_network: str, facts: Mapping[str, object]) -> bool:
    """Whether everything must come through the link.

    `machine_network` is what the operator set: `direct`, `via-laptop`, or `auto`, which means that
    the machine says it in its facts: without a default route it reaches nothing.
    """
    if machine_network in (DIRECT, VIA_LAPTOP):
        return machine_network == VIA_LAPTOP
    return facts.get("has_route") is False
