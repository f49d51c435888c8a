"""How the interface stands with the controller, in words for the operator."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ControllerPhase(StrEnum):
    """Whether somebody hands out tasks right now."""

    STARTING = "starting"
    RUNNING = "running"
    GONE = "gone"


@dataclass(frozen=True)
class ControllerState:
    """The phase, and a sentence where there is more to say."""

    phase: ControllerPhase = ControllerPhase.STARTING
    sentence: str = ""
