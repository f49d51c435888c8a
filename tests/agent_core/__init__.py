"""Tests of what the agent decides and what it remembers."""
