"""What is asked before a worker or a machine goes. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from clearq_tui.ui.dialogs.confirm import Question
from clearq_tui.ui.sources.workers import WorkerLine


def worker_question(line: WorkerLine) -> Question:
    """Before a worker is removed."""
    name = line.row.worker.name
    return Question(
        title=f"Remove worker {name}",
        targets=[f"{name} on {line.row.machine_name}"],
        consequence="It takes no more tasks. Its queues keep theirs, and history still names it.",
        deed="Remove",
    )


def machine_question(name: str, held: Sequence[str]) -> Question:
    """Before a machine is removed; `held` names the attempts in its hands."""
    if not held:
        return Question(
            title=f"Remove machine {name}",
            targets=[name],
            consequence="Its workers go with it, and its agent is taken off it.",
            deed="Remove",
        )
    return Question(
        title=f"Remove machine {name} and give up {len(held)} task{'s' * (len(held) > 1)}",
        targets=[f"#{attempt}" for attempt in held],
        consequence=f"These run on {name} now. They count as lost at once, whatever still runs "
        "there, and the agent stays on the machine.",
        deed="Give up and remove",
    )
