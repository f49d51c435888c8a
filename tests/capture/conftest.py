"""Every test here has a git configuration of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

_CONFIGURATION = """\
[user]
	name = Operator
	email = operator@example.org
[init]
	defaultBranch = main
[advice]
	addEmbeddedRepo = false
[protocol "file"]
	allow = always
"""


@pytest.fixture(scope="package", autouse=True)
def git_configuration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The global configuration, instead of whatever the developer has."""
    file = tmp_path_factory.mktemp("home") / "gitconfig"
    file.write_text(_CONFIGURATION)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIT_CONFIG_GLOBAL", str(file))
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        yield file
