"""A container's image in a lease, and the packages that go into the container."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from clearq_tui.controller.leases.order import Order
from clearq_tui.controller.leases.python import add_python_packages, python_packages
from clearq_tui.controller.leases.tools import add_blobs, add_uv
from clearq_tui.images import blobs_of, bring_image, platform_of
from clearq_tui.provisioning import Target, target_of

_OLDEST_GLIBC = (2, 17)
"""What wheels are chosen for where the image's own C library is not known: nearly all have it."""


def add_docker(spec: dict[str, Any], order: Order) -> None:
    """Put the image into the spec, with all its layers where the machine cannot pull it.

    Raises:
        ProvisionError: the image or a package cannot be had.
        OSError: the disk refuses.
    """
    plan = order.plan
    image: dict[str, Any] = {
        "name": plan.image,
        "arguments": list(plan.image_arguments),
        "prebuilt": plan.prebuilt,
        "shm_size": plan.shm_size,
        "network": plan.container_network,
    }
    if plan.registry:
        image["registry"] = list(plan.registry)  # its secret is among the spec's already
    if plan.image and (plan.bring_image or order.offline):
        brought = bring_image(plan.image, order.errand(), platform_of(target_of(order.facts)))
        image["archive"] = brought
        add_blobs(spec, blobs_of(brought))
    spec["image"] = image
    packages = python_packages(plan)
    # Where neither is asked for, nothing is installed: an image need not be able to run a Python.
    if not plan.prebuilt and (packages or plan.python):
        add_uv(spec, order)
        add_python_packages(spec, order, packages, inside(target_of(order.facts)))


def inside(target: Target) -> Target:
    """What packages are chosen for in a container there: its Pythons are not the machine's."""
    return replace(target, libc="glibc", release=_OLDEST_GLIBC, pythons=())
