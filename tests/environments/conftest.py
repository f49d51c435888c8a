"""A machine for every test; the Python of the moment will do."""

from tests.agent.conftest import forker, python

__all__ = ["forker", "python"]
