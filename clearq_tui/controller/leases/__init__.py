"""From a task in the store to the lease that a machine gets, with all that must travel for it."""
