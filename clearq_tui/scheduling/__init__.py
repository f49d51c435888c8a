"""Who runs what next: pure functions from a snapshot of the store to leases and recalls."""

from clearq_tui.scheduling.plan import plan
from clearq_tui.scheduling.snapshot import Held, Lease, Plan, Recall, Seat, Snapshot

__all__ = ["Held", "Lease", "Plan", "Recall", "Seat", "Snapshot", "plan"]
