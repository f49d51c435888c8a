"""The store: the SQLite database that is the only truth about machines, workers, queues and tasks."""
