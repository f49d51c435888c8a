"""Windows above a view that ask one thing and answer with a result."""
