"""What a lease's spec says of conda packages, and which archives travel with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from clearq_tui.conda.archives import Archives
from clearq_tui.conda.failure import CondaError
from clearq_tui.conda.locked import Lock, LockedPackage
from clearq_tui.conda.packages import packages_from_json
from clearq_tui.conda.target import Target
from clearq_tui.paths import Home
from clearq_tui.provisioning import KeptBlob


@dataclass(frozen=True)
class Carried:
    """For one lease."""

    packages: dict[str, Any]
    """The spec's: `{"kind", "source", "variables", "pip", "lock": {"platform", "packages": […]},
    "archives": […]}`. The lock is the machine's own; `archives` are blobs that hold some or all of
    its packages, and what is not among them the machine fetches by its URL."""
    blobs: tuple[KeptBlob, ...]
    """The archives, for the spec's list of blobs."""


def carry(
    packages: Mapping[str, object],
    target: Target,
    home: Home,
    say: Callable[[str], None],
    *,
    offline: bool,
) -> Carried:
    """What goes along to the machine. Fetches what is missing here: call in a thread.

    Args:
        packages: with a lock for the target, from `lock_for`.
        target: the kind of machine.
        home: where the blobs are.
        say: takes sentences about the progress.
        offline: the machine reaches no channel: everything goes along. Otherwise only what the
            laptop alone can read does.

    Raises:
        CondaError: there is no lock, or an archive cannot be fetched.
        OSError: the disk refuses.
    """
    wanted = packages_from_json(packages)
    lock = wanted.lock(target.subdir)
    if lock is None:
        raise CondaError(f"{wanted.source} has not been solved for {target.subdir} yet.")
    along = [one for one in lock.packages if offline or not is_on_the_network(one)]
    blobs = Archives(home, say).blobs_of(along)
    return Carried(
        {
            "kind": "conda",
            "source": wanted.source,
            "variables": dict(wanted.variables),
            "pip": None if wanted.pip is None else dict(wanted.pip),
            "lock": machine_lock(lock, target),
            "archives": [dict(blob) for blob in blobs],
        },
        tuple(blobs),
    )


def machine_lock(lock: Lock, target: Target) -> dict[str, Any]:
    """The lock as the machine gets it: in a fixed order, since its cache goes by it."""
    ordered = sorted(lock.packages, key=lambda package: package.url)
    return {"platform": target.subdir, "packages": [package.to_json() for package in ordered]}


def is_on_the_network(package: LockedPackage) -> bool:
    """Whether a machine with a network can fetch it; a channel on the laptop's disk it cannot."""
    return package.url.startswith(("https://", "http://"))
