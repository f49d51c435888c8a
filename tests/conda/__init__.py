"""Tests of conda environments, on both sides."""
