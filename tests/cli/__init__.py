"""Tests of clearq_tui.cli."""
