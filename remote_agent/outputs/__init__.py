"""What attempts leave in their output directories: listed, sent, kept for a while, given up."""
