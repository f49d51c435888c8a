"""What a lease is built from: everything about task, worker and machine, gathered at one moment."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace

from clearq_tui.environment_plan import EnvironmentPlan, merged
from clearq_tui.model import Attempt, Machine, Task, Worker
from clearq_tui.paths import Home
from clearq_tui.provisioning import Errand, travels_via_laptop


@dataclass(frozen=True)
class Order:
    """For one attempt. What is built from it may take minutes, and reads nothing of the store."""

    task: Task
    attempt: Attempt
    worker: Worker
    machine: Machine
    facts: Mapping[str, object]
    """What the agent said when it welcomed the link."""
    known_commits: Mapping[str, Collection[str]]
    """By repository key, what the machine's cache holds."""
    home: Home
    say: Callable[[str], None] = field(default=lambda _text: None)
    """Told in a few words what is being fetched."""
    stopped: threading.Event = field(default_factory=threading.Event)
    """Once it is set, nobody wants the lease any more: programs that fetch for it are ended."""

    @property
    def plan(self) -> EnvironmentPlan:
        """How the environment is to be set up."""
        return merged(self.worker.plan, self.task.plan)

    @property
    def offline(self) -> bool:
        """The machine fetches nothing itself: everything goes along."""
        return travels_via_laptop(self.machine.network, self.facts)

    @property
    def is_plain(self) -> bool:
        """Nothing has to be looked up, fetched or packed for it: it can be built at once."""
        return not (self.task.snapshot or self.task.overrides) and self.plan.mode == "host"

    def gives_the_same_as(self, earlier: Order) -> bool:
        """Whether a lease for the same attempt, ordered on an earlier link, is as good."""
        return (
            _lasting(self.facts) == _lasting(earlier.facts)
            and self.known_commits == earlier.known_commits
            and self.machine.network == earlier.machine.network
            and self.worker.plan == earlier.worker.plan
        )

    def saying(self, say: Callable[[str], None]) -> Order:
        """The same, with somebody to be told of its progress."""
        return replace(self, say=say)

    def errand(self) -> Errand:
        """To fetch something for it."""
        return Errand(self.home, self.machine.name, self.say, self.stopped)


def _lasting(facts: Mapping[str, object]) -> dict[str, object]:
    """What is not about the agent's present process."""
    return {name: fact for name, fact in facts.items() if name not in ("pid", "warning")}
