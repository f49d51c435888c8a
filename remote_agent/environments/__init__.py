"""The modes in which a task's environment is set up: the same steps, one file per mode."""
