"""How a task's state looks: a glyph, a word and a tone, never a colour alone. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from rich.text import Text

from clearq_tui.model import AttemptState, TaskState
from clearq_tui.ui.widgets.tones import Tone


@dataclass(frozen=True)
class Look:
    """One state on the screen."""

    glyph: str
    word: str
    tone: Tone

    @property
    def text(self) -> Text:
        """Glyph and word, for a cell."""
        return Text(f"{self.glyph} {self.word}", self.tone)


TASK_LOOKS: Final[Mapping[TaskState, Look]] = {
    TaskState.DRAFT: Look("·", "draft", Tone.DIM),
    TaskState.QUEUED: Look("○", "queued", Tone.PLAIN),
    TaskState.LEASED: Look("◔", "leased", Tone.BUSY),
    TaskState.PREPARING: Look("◐", "preparing", Tone.BUSY),
    TaskState.RUNNING: Look("●", "running", Tone.BUSY),
    TaskState.COMPLETED: Look("✓", "completed", Tone.GOOD),
    TaskState.FAILED: Look("✗", "failed", Tone.BAD),
    TaskState.ABORTED: Look("⊘", "aborted", Tone.WARNING),
    TaskState.LOST: Look("?", "lost", Tone.BAD),
}

ATTEMPT_LOOKS: Final[Mapping[AttemptState, Look]] = {
    **{AttemptState(state.value): look for state, look in TASK_LOOKS.items()
       if state not in (TaskState.DRAFT, TaskState.QUEUED)},
    AttemptState.RECALLED: Look("↶", "recalled", Tone.DIM),
}  # fmt: skip
