"""Why something cannot be brought to a machine."""

from __future__ import annotations

from clearq_tui.model import ClearqError


class ProvisionError(ClearqError):
    """What a machine needs cannot be had on the laptop; the sentence says why and what to do."""


class Stopped(ProvisionError):
    """The controller ends, or nobody wants it any more."""
