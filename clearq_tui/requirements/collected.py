"""Requirements while they are being put together from one file or several."""

from __future__ import annotations

from dataclasses import dataclass, field

from clearq_tui.requirements.requirements import Project, Requirements

_INDEXES = ("--index-url ", "--extra-index-url ")


@dataclass
class Collected:
    """A growing collection; what is said twice is kept once."""

    lines: dict[str, None] = field(default_factory=dict)
    constraints: dict[str, None] = field(default_factory=dict)
    options: dict[str, None] = field(default_factory=dict)
    projects: dict[Project, None] = field(default_factory=dict)

    def add_option(self, option: str) -> None:
        """Add an option as pip does: a new main index replaces all that came before it."""
        if option.startswith(_INDEXES) and "--no-index" in self.options:
            return
        if option.startswith("--index-url ") or option == "--no-index":
            for earlier in [earlier for earlier in self.options if earlier.startswith(_INDEXES)]:
                del self.options[earlier]
        self.options[option] = None

    def finished(self, source: str, *, python: str = "", locked: bool = False) -> Requirements:
        """What was collected, unchangeable."""
        return Requirements(
            source=source,
            python=python,
            lines=tuple(self.lines),
            constraints=tuple(self.constraints),
            options=tuple(self.options),
            projects=tuple(self.projects),
            locked=locked,
        )
