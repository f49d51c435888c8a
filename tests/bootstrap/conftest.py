"""Fixtures for tests of the bootstrap."""

from tests.fleet.conftest import sshd

__all__ = ["sshd"]
