"""Which optional parts of a project a task wants."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from clearq_tui.requirements.failure import RequirementsError


@dataclass(frozen=True)
class Wish:
    """Extras and dependency groups, as the operator spelled them."""

    extras: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()

    def refuse(self, source: str) -> None:
        """Raise when anything is wished for from a source that has no such parts.

        Raises:
            RequirementsError: something is wished for.
        """
        if self.extras or self.groups:
            raise RequirementsError(
                f"{source} has no extras and no groups, but {self} is asked for."
            )

    def __str__(self) -> str:
        extras = [f"extra {name!r}" for name in self.extras]
        return ", ".join([*extras, *(f"group {name!r}" for name in self.groups)])


def refuse_unknown(kind: str, name: str, known: Collection[str], file: str) -> None:
    """Raise when a name is not among those that a file has, and say which it has.

    Raises:
        RequirementsError: the name is unknown.
    """
    if name not in known:
        has = f"it has {', '.join(sorted(known))}" if known else "it has none"
        raise RequirementsError(f"{file}: there is no {kind} {name!r}; {has}.")
