"""What a program's source says of its parameters, read from syntax trees: nothing is imported."""

from clearq_tui.parameters.source.interface import read_source

__all__ = ["read_source"]
