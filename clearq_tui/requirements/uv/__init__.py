"""What uv writes: its lock, its settings and the sources it takes packages from."""
