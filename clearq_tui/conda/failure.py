"""Why a conda environment could not be found, solved or fetched."""

from __future__ import annotations

from clearq_tui.model import ClearqError


class CondaError(ClearqError):
    """The conda packages that a task asks for cannot be had; the sentence says what to do."""
