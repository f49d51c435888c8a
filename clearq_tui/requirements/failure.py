"""Why the requirements of a task could not be found, and where the reason stands."""

from __future__ import annotations

from dataclasses import dataclass

from clearq_tui.model import ClearqError


class RequirementsError(ClearqError):
    """What the operator wrote cannot be read as requirements; the sentence says where and why."""


@dataclass(frozen=True)
class Where:
    """A file of the operator's, or an option of a command, and a line in it."""

    file: str
    line: int = 0
    """Counted from 1; 0 where there is none to name."""

    def refusal(self, why: str) -> RequirementsError:
        """The error to raise about what stands here; `why` goes on after a colon."""
        return RequirementsError(f"{self}: {why}")

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}" if self.line else self.file
