"""Secrets: kept on the laptop, brought to a machine, masked in logs, and nowhere else."""
