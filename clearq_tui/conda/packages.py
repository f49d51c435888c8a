"""The conda packages that a task asks for, as they are kept with it.

As JSON values, in the task's plan:

    {"kind": "conda",
     "source": "environment.yml",          the file's name, `explicit` or `plan`
     "channels": ["conda-forge"],          names as written, or URLs; those that go first first
     "own_channels": true,                 the operator's channels are searched after them
     "specs": ["python=3.11", "numpy"],
     "python": "3.11",                     a version that goes into the environment, or empty
     "variables": {"NAME": "text"},        set when the environment is activated
     "explicit": {"linux-64": ["URL#HASH"]},   instead of specs: exactly these, per platform
     "pip": null | {"kind": "python", …},  what goes on top, as `clearq_tui.requirements` has it
     "locks": {"linux-64": {…}}}           solved once per platform, and kept: `locked.Lock`

What a lease's spec carries of it is made by `carrying.packages_for`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from clearq_tui.conda.failure import CondaError
from clearq_tui.conda.locked import Lock, lock_from_json


@dataclass(frozen=True)
class CondaPackages:
    """What is asked for, and the locks that answered it; see the module for each field."""

    source: str
    channels: tuple[str, ...] = ()
    own_channels: bool = True
    specs: tuple[str, ...] = ()
    python: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    explicit: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    pip: Mapping[str, object] | None = None
    locks: Mapping[str, Lock] = field(default_factory=dict)

    def asked(self, subdir: str) -> str:
        """A digest of what decides the packages on the platform."""
        question = [
            self.channels,
            self.own_channels,
            self.specs,
            self.python,
            self.explicit.get(subdir, ()),
        ]
        return hashlib.sha256(json.dumps(question).encode()).hexdigest()

    def lock(self, subdir: str) -> Lock | None:
        """The lock kept for the platform, unless something else was asked for then."""
        lock = self.locks.get(subdir)
        return lock if lock is not None and lock.asked == self.asked(subdir) else None

    def with_lock(self, subdir: str, lock: Lock) -> CondaPackages:
        """The same, with the lock for the platform."""
        return replace(self, locks={**self.locks, subdir: lock})

    def to_json(self) -> dict[str, object]:
        """As JSON values."""
        return {
            "kind": "conda",
            "source": self.source,
            "channels": list(self.channels),
            "own_channels": self.own_channels,
            "specs": list(self.specs),
            "python": self.python,
            "variables": dict(self.variables),
            "explicit": {subdir: list(urls) for subdir, urls in self.explicit.items()},
            "pip": None if self.pip is None else dict(self.pip),
            "locks": {subdir: lock.to_json() for subdir, lock in self.locks.items()},
        }


def packages_from_json(said: Mapping[str, object]) -> CondaPackages:
    """What `CondaPackages.to_json` gave.

    Raises:
        CondaError: it is of another kind, or a field is not what it must be.
    """
    if said.get("kind") != "conda":
        raise CondaError(f"Packages of kind {said.get('kind')!r} are not conda's.")
    pip = said.get("pip")
    if pip is not None and not isinstance(pip, Mapping):
        raise CondaError("Conda packages: 'pip' must be an object or nothing.")
    return CondaPackages(
        source=str(said.get("source", "")),
        channels=_texts("channels", said.get("channels", ())),
        own_channels=said.get("own_channels", True) is True,
        specs=_texts("specs", said.get("specs", ())),
        python=str(said.get("python", "")),
        variables={
            name: str(value) for name, value in _mapping("variables", said.get("variables")).items()
        },
        explicit={
            subdir: _texts("explicit", urls)
            for subdir, urls in _mapping("explicit", said.get("explicit")).items()
        },
        pip=pip,
        locks={
            subdir: lock_from_json(lock)
            for subdir, lock in _mapping("locks", said.get("locks")).items()
        },
    )


def _texts(name: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
        raise CondaError(f"Conda packages: {name!r} must be a list of texts.")
    return tuple(value)


def _mapping(name: str, value: object) -> dict[str, object]:
    if not isinstance(value or {}, Mapping):
        raise CondaError(f"Conda packages: {name!r} must be an object.")
    return dict(value) if isinstance(value, Mapping) else {}
