"""Tests of clearq_tui.feed."""
