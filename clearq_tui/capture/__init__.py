"""From the operator's working tree to code that a machine can run: exact, content-addressed snapshots."""
