"""Parameters of a task, found without running its code, and overridden without touching it."""

from clearq_tui.parameters.code_files import CodeFiles, FilesInMemory
from clearq_tui.parameters.config_text.formats import Edit, edit_file
from clearq_tui.parameters.find import find
from clearq_tui.parameters.overrides import canonical, check_value, with_overrides
from clearq_tui.parameters.parameter import Found, Kind, Parameter
from clearq_tui.parameters.rendering import Rendered, RewrittenFile, render, render_task
from clearq_tui.parameters.targets import read_setting

__all__ = [
    "CodeFiles",
    "Edit",
    "FilesInMemory",
    "Found",
    "Kind",
    "Parameter",
    "Rendered",
    "RewrittenFile",
    "canonical",
    "check_value",
    "edit_file",
    "find",
    "read_setting",
    "render",
    "render_task",
    "with_overrides",
]
