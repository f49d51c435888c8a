"""Conda environments in the cache: each is built once from a lock, and shared between tasks."""
