"""The command line: one module per noun, each importing only what its commands need."""
