"""The demo: embedded machines, the sample cluster, and that nothing of them stays."""
