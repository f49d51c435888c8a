"""The process that makes the cluster match the store."""
