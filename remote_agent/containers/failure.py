"""What can go wrong with containers."""

from __future__ import annotations


class ContainerError(Exception):
    """A sentence for the operator: what cannot be done, why, and what helps."""
