"""Parts of specs for tasks in containers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.containers.images import BUSYBOX


def in_image(name: str = BUSYBOX, **more: object) -> dict[str, Any]:
    """The mode and the image."""
    return {"mode": "docker", "image": {"name": name, **more}}


def scripts(worker: str = "", task: str = "") -> list[dict[str, str]]:
    """Set-up scripts."""
    said = (("worker", worker), ("task", task))
    return [{"whose": whose, "script": script} for whose, script in said if script]


on_both_engines = pytest.mark.parametrize("engine", ["docker", "podman"], indirect=True)
"""What depends on the engine; the rest is tested with one of them."""
