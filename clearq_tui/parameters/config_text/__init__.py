"""Configuration files: what is in them, and one value of them replaced; YAML, JSON and TOML."""

from clearq_tui.parameters.config_text.formats import edit_file, is_config, load_config
from clearq_tui.parameters.config_text.tree import Leaf, Tree

__all__ = ["Leaf", "Tree", "edit_file", "is_config", "load_config"]
