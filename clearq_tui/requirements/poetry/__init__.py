"""What Poetry writes: its lock, in every format it had, and its way to declare dependencies."""
