"""The clearq agent: all that runs on a machine. Standard library only, Python 3.8 or newer."""
