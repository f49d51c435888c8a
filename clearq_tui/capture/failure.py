"""Why a working tree could not be captured or delivered."""

from __future__ import annotations

from clearq_tui.model import ClearqError


class CaptureError(ClearqError):
    """Code could not be captured or delivered; the sentence says what to do about it."""
