"""What is fetched for whom: the machine's name, who is told of it, and when to give up."""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from clearq_tui.paths import Home


def _nobody(_text: str) -> None:
    """Hears what is said."""


@dataclass(frozen=True)
class Errand:
    """Made for one task on one machine, and used in one thread."""

    home: Home
    machine: str
    """Its name, for sentences."""
    say: Callable[[str], None] = _nobody
    """Told in a few words what is being done; called from the errand's thread."""
    stopped: threading.Event = field(default_factory=threading.Event)
    """Once it is set, programs that run for the errand are ended."""
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    """The operator's, and what `${NAME}` in an address means."""

    @property
    def provisions(self) -> Path:
        """Where what was fetched, and what is remembered of it, lies."""
        return self.home.root / "provisions"

    @contextmanager
    def work_directory(self) -> Iterator[Path]:
        """An empty directory, gone afterwards.

        Raises:
            OSError: the disk refuses.
        """
        above = self.provisions / "work"
        above.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=above, ignore_cleanup_errors=True) as name:
            yield Path(name)


def set_work_aside(home: Home) -> Path | None:
    """Call when nobody is on an errand: what killed ones left is put where it can be removed.

    Returns where that is; None: there is nothing.

    Raises:
        OSError: the disk refuses.
    """
    work, aside = home.root / "provisions" / "work", home.root / "provisions" / "abandoned"
    if work.is_dir() and any(work.iterdir()):
        aside.mkdir(mode=0o700, exist_ok=True)
        work.rename(tempfile.mkdtemp(dir=aside))
    return aside if aside.is_dir() else None
