"""Containers, by docker or podman: one for each attempt, made before its steps and gone after it.

The container is not below the runner, so two things stand in for that: a keeper process that the
runner sees as the command, and a record in the attempt's directory by which the container is
removed, whoever was killed.
"""

RECORD = "container.json"
"""In the attempt's directory: which container stands for it."""
