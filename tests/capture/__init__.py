"""Code on its way from a working tree to a machine: exact bytes, real git on both ends."""
