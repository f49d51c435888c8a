"""An attempt as the core holds it, from its lease until the laptop releases it."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Sequence, Set

from remote_agent.records import ENDED, RECALLED, STARTED


class HeldAttempt:
    """An attempt that the laptop has not released yet."""

    def __init__(self, name: str, spec: Dict[str, Any]) -> None:
        self.name = name
        self.spec = spec
        self.told: Set[str] = set()
        """The kinds of record written for it."""
        self.spawns = 0
        self.steps: Sequence[Dict[str, Any]] = ()
        """Those that were told."""
        self.spawned_under = ""
        """The boot under which its first runner was made; empty: none was."""
        self.secrets: Optional[Dict[str, str]] = None
        """The values of its secrets, in memory alone, for as long as a runner may be made."""
        self.is_to_spawn_again = False
        """Its runner died before the command, and the next one waits for the secrets."""

    @property
    def worker(self) -> str:
        """The worker whose slot it takes."""
        return str(self.spec.get("worker", ""))

    @property
    def is_over(self) -> bool:
        """Nothing of it will start or change any more."""
        return ENDED in self.told or RECALLED in self.told

    @property
    def is_waiting(self) -> bool:
        """Accepted, and no runner was made for it yet."""
        return not self.is_over and self.spawns == 0

    @property
    def lacks_secrets(self) -> bool:
        """It has secrets, and they are not in memory."""
        return self.secrets is None and bool(self.secret_names())

    @property
    def waits_for_secrets(self) -> bool:
        """A runner is to be made that cannot be made without them."""
        return self.lacks_secrets and (self.is_waiting or self.is_to_spawn_again)

    def blobs(self) -> List[str]:
        """The SHA-256 of every blob that must be here before it can start."""
        return [str(blob["sha256"]) for blob in self.spec.get("blobs", ())]

    def secret_names(self) -> List[str]:
        """The secrets whose values its runner needs."""
        return sorted({str(use["name"]) for use in self.spec.get("secrets", ())})

    def note(self, kind: str) -> None:
        """A record of the kind is written. Once the command runs, no runner is made any more."""
        self.told.add(kind)
        if kind == STARTED or self.is_over:
            self.secrets = None
            self.is_to_spawn_again = False
