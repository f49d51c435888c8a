"""Who runs what next: pure functions from a snapshot of the store to leases and recalls."""
