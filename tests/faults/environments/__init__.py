"""What goes wrong while an environment is set up, on a machine that reaches only the laptop."""
