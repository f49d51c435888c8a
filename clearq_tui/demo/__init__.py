"""Embedded SSH machines: a first look for people, and a cluster for tests."""
