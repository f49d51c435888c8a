"""The Python packages that a task needs, found in the operator's working tree."""

from clearq_tui.requirements.failure import RequirementsError
from clearq_tui.requirements.find import find_requirements, has_conda_file
from clearq_tui.requirements.requirements import Project, Requirements

__all__ = [
    "Project",
    "Requirements",
    "RequirementsError",
    "find_requirements",
    "has_conda_file",
]
