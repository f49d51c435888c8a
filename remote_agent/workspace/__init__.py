"""Code, exactly as it was on the operator's disk, in a directory ready to run."""

from remote_agent.workspace.cache import known_commits
from remote_agent.workspace.failure import WorkspaceError
from remote_agent.workspace.git_process import find_git
from remote_agent.workspace.layout import lay_changes_out, lay_out
from remote_agent.workspace.overlay import lay_files_over
from remote_agent.workspace.sweep import sweep_cache, sweep_remotes

__all__ = [
    "WorkspaceError",
    "find_git",
    "known_commits",
    "lay_changes_out",
    "lay_files_over",
    "lay_out",
    "sweep_cache",
    "sweep_remotes",
]
