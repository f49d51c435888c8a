"""Make the directory of a git repository without running git, templates or hooks."""

from __future__ import annotations

import os
from typing import Mapping, Optional, Sequence, Tuple


def make_git_directory(path: str) -> None:
    """The directories of an empty repository, and a HEAD that makes git believe in it."""
    for name in (("objects", "pack"), ("objects", "info"), ("refs", "heads"), ("info",)):
        os.makedirs(os.path.join(path, *name), mode=0o700, exist_ok=True)
    write_in_one_step(os.path.join(path, "HEAD"), b"ref: refs/heads/none\n")


def configuration(
    object_format: str,
    bare: bool,
    remote_url: Optional[str] = None,
    settings: Sequence[Tuple[str, str]] = (),
) -> bytes:
    """The text of a repository's `config`; `settings` are names in the section core."""
    core: Mapping[str, str] = {
        "repositoryformatversion": "0" if object_format == "sha1" else "1",
        "bare": "true" if bare else "false",
        "filemode": "true",
        **dict(settings),
    }
    lines = ["[core]", *("\t%s = %s" % item for item in core.items())]
    if object_format != "sha1":
        lines += ["[extensions]", "\tobjectformat = " + object_format]
    if remote_url is not None:
        escaped = remote_url.replace("\\", "\\\\").replace('"', '\\"')
        lines += [
            '[remote "origin"]',
            '\turl = "%s"' % escaped,
            "\tfetch = +refs/heads/*:refs/remotes/origin/*",
        ]
    return os.fsencode("\n".join(lines) + "\n")


def write_in_one_step(path: str, data: bytes) -> None:
    """Replace a file so that nobody ever sees half of it."""
    temporary = path + ".new-%d" % os.getpid()
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    os.replace(temporary, path)
