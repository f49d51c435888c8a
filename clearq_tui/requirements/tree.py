"""The directories in which requirements are looked for, and paths as the machine will see them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from clearq_tui.requirements.failure import RequirementsError, Where


@dataclass(frozen=True)
class Tree:
    """The part of the operator's disk that travels with the task."""

    directory: Path
    """Where the command runs; absolute, symbolic links resolved."""
    top: Path
    """All of what is below travels."""

    def levels(self) -> Iterator[Path]:
        """The directory, its parent, and so on up to the top."""
        yield self.directory
        if self.directory != self.top:
            for parent in self.directory.parents:
                yield parent
                if parent == self.top:
                    return

    def relative(self, path: Path, where: Where) -> str:
        """The path from the directory in which the command runs.

        Raises:
            RequirementsError: it lies outside of the tree, so the machine will not have it.
        """
        real = Path(os.path.realpath(path))
        if not real.is_relative_to(self.top):
            raise where.refusal(
                f"{os.fspath(path)!r} lies outside of {self.top}, which is all that travels to "
                "the machine. Copy it into the tree, or name a version that an index has."
            )
        return Path(os.path.relpath(real, self.directory)).as_posix()


def tree_around(directory: Path, top: Path | None) -> Tree:
    """The tree of a directory; without a top, the directory is all of it.

    Raises:
        RequirementsError: the directory does not exist or is not below `top`.
    """
    place = Path(os.path.realpath(directory))
    if not place.is_dir():
        raise RequirementsError(f"There is no directory {os.fspath(directory)!r}.")
    upper = Path(os.path.realpath(top)) if top else place
    if not place.is_relative_to(upper):
        raise RequirementsError(f"{place} is not inside of {upper}.")
    return Tree(place, upper)
