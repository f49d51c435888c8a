"""Files that the operator's overrides have rewritten, laid over the code."""

from __future__ import annotations

import os
import shutil
from typing import Any, Dict, Sequence

from remote_agent.layout import Layout
from remote_agent.workspace.failure import WorkspaceError
from remote_agent.workspace.specification import is_confined


def lay_files_over(files: Sequence[Dict[str, Any]], layout: Layout, workspace: str) -> None:
    """Replace each file by the blob that is named for it; its mode stays.

    A file is replaced, never written into: it may share its content with others.

    Raises:
        WorkspaceError: a path leads out of the workspace, or to nothing that could be replaced.
        OSError: the disk refuses.
    """
    for file in files:
        path = _inside(workspace, file["path"])
        mode = os.stat(path).st_mode & 0o777 if os.path.isfile(path) else 0o600
        temporary = path + ".clearq-new"
        shutil.copyfile(os.path.join(layout.blobs, file["sha256"]), temporary)
        os.chmod(temporary, mode)
        os.replace(temporary, path)


def _inside(workspace: str, relative: str) -> str:
    path = os.path.join(workspace, relative)
    directory = os.path.dirname(path)
    root = os.path.realpath(workspace)
    if not relative or not is_confined(relative):
        raise WorkspaceError("%.100r is no path inside the workspace." % relative)
    if not os.path.isdir(directory) or os.path.isdir(path):
        raise WorkspaceError("There is no file %s in the code." % relative)
    real = os.path.realpath(directory)
    if real != root and not real.startswith(root + os.sep):
        raise WorkspaceError("%s leads out of the workspace." % relative)
    return path
