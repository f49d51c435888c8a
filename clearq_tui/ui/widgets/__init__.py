"""The three widgets of our own: virtual table, virtual log, braille chart."""
