"""From where packages come in one errand."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from clearq_tui.provisioning.index_options import IndexOptions, OperatorsIndexes


@dataclass(frozen=True)
class Sources:
    """From where, and with what rights, packages are fetched in one errand."""

    operators: OperatorsIndexes
    options: tuple[str, ...] = ()
    """Those of the task's own requirements."""
    place: Path | None = None
    """Where the task's code lies, if it is here: the command's directory."""

    @property
    def for_uv(self) -> IndexOptions:
        """What uv must be told."""
        return self.operators.for_uv.with_options(self.options, self.place)

    @property
    def for_pip(self) -> IndexOptions:
        """What pip must be told."""
        return self.operators.for_pip.with_options(self.options, self.place)
