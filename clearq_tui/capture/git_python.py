"""GitPython, imported when it is first needed and told not to run git just to be imported."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import git


def open_store(path: Path) -> git.Repo:
    """The bare repository at `path`, closed to everything the operator's environment selects."""
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
    import git

    repository = git.Repo(path)
    repository.git.update_environment(
        GIT_DIR=os.fspath(path),
        GIT_OBJECT_DIRECTORY=os.fspath(path / "objects"),
        GIT_ALTERNATE_OBJECT_DIRECTORIES="",
        GIT_INDEX_FILE=os.fspath(path / "no-index"),
        GIT_NO_REPLACE_OBJECTS="1",
        GIT_NO_LAZY_FETCH="1",
        GIT_TERMINAL_PROMPT="0",
        GIT_CONFIG_NOSYSTEM="1",
        GIT_CONFIG_GLOBAL=os.devnull,
    )
    return repository
