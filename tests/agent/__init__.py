"""The agent's parts that touch processes and disks, on every Python that this system has."""
