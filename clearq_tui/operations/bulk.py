"""What became of each task of an operation on many tasks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from clearq_tui.model import NotFound, Refused


@dataclass(frozen=True)
class BulkReport:
    """One transaction on many tasks: those it was done to, and why not to the others."""

    done: tuple[int, ...]
    """Ids in the order given."""
    refused: Mapping[int, str] = field(default_factory=dict)
    """A sentence for each id that was left as it was."""

    def check(self) -> None:
        """For callers to whom anything short of everything is a failure.

        Raises:
            Refused: at least one task was left as it was; the message is all the sentences.
        """
        if self.refused:
            raise Refused(" ".join(self.refused.values()))


def for_each(ids: Iterable[int], act: Callable[[int], None]) -> BulkReport:
    """Do `act` to each id once, in order; an id that it refuses does not stop the others.

    `act` must decide before it writes: what it wrote before raising stays.
    """
    done: list[int] = []
    refused: dict[int, str] = {}
    for task in dict.fromkeys(ids):
        try:
            act(task)
        except (NotFound, Refused) as error:
            refused[task] = str(error)
        else:
            done.append(task)
    return BulkReport(tuple(done), refused)
