"""The code of a lease: as bundles, as an archive, or as a repository that the machine clones."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clearq_tui.capture import (
    Delivery,
    RemoteCode,
    Snapshot,
    archive,
    capture,
    code_from_json,
    deliver,
)
from clearq_tui.controller.leases.order import Order
from clearq_tui.model import ClearqError
from clearq_tui.provisioning import Code
from remote_agent.workspace import WorkspaceError, lay_out


@dataclass(frozen=True)
class PackedCode:
    """What the spec says of the code, and what travels for it."""

    specification: dict[str, object]
    blobs: tuple[dict[str, Any], ...] = ()
    delivered: tuple[tuple[str, str], ...] = ()
    """Repository keys and commits that the machine's cache has once the attempt has started."""


class CodeNotHere(ClearqError):
    """The code cannot be had; the sentence says why."""


def pack_code(order: Order) -> PackedCode:
    """The task's code, made ready to travel. Runs git, for as long as the code is large.

    Raises:
        CaptureError: the captured code is not in the snapshots any more.
        CodeNotHere: a remote repository cannot be cloned for a machine without a network.
    """
    code = code_from_json(order.task.snapshot)
    if isinstance(code, RemoteCode):
        if not order.offline and order.facts.get("git"):
            return PackedCode({"remote": vars(code)})
        code = snapshot_of_remote(code, order)
    if order.facts.get("git"):
        known = order.known_commits
        return _packed(deliver(code, order.home.snapshots, known, order.home.blobs))
    return _packed(archive(code, order.home.snapshots, order.home.blobs))


def snapshot_of_remote(remote: RemoteCode, order: Order) -> Snapshot:
    """Clone the repository here and capture what that gives.

    Raises:
        CodeNotHere: it cannot be cloned.
    """
    order.say(f"cloning {remote.url}")
    with _cloned(remote, order) as place:
        return capture(place, order.home.snapshots)


def code_of(order: Order) -> Code | None:
    """The task's code for whoever must look into it on this laptop; None: it has none."""
    if not order.task.snapshot:
        return None

    def write(directory: Path) -> Path:
        code = code_from_json(order.task.snapshot)
        if isinstance(code, RemoteCode):
            return _lay_out({"remote": vars(code)}, order, directory)
        packed = archive(code, order.home.snapshots, order.home.blobs)
        return _lay_out(packed.specification(), order, directory)

    return Code(order.task.snapshot, write)


@contextmanager
def _cloned(remote: RemoteCode, order: Order) -> Iterator[Path]:
    with order.errand().work_directory() as place:
        yield _lay_out({"remote": vars(remote)}, order, place)


def _lay_out(specification: dict[str, object], order: Order, directory: Path) -> Path:
    """The agent's own way of doing it, with the laptop in the place of the machine."""
    cache = order.home.root / "cache"
    cache.mkdir(mode=0o700, exist_ok=True)
    try:
        place = lay_out(specification, str(order.home.blobs), str(cache), str(directory), order.say)
    except (WorkspaceError, OSError) as error:
        raise CodeNotHere(f"The code cannot be laid out on this laptop: {error}") from error
    return Path(place)


def _packed(delivery: Delivery) -> PackedCode:
    return PackedCode(
        delivery.specification(),
        tuple({"sha256": blob.sha256, "size": blob.size} for blob in delivery.blobs),
        tuple((piece.repository.key, piece.repository.worktree) for piece in delivery.pieces),
    )
