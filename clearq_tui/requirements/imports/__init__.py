"""The packages that a script imports, read from its source and from the operator's environment."""
