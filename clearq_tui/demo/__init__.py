"""Embedded SSH machines for a first look at clearq, and for tests."""
