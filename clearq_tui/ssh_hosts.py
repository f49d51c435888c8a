"""The hosts that the operator's `ssh_config` names, to choose from. Never runs or resolves any."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from clearq_tui.ssh_config_syntax import split_arguments, split_keyword

_DEEPEST_INCLUDE: Final = 16
_MOST_HOSTS: Final = 5000


def hosts_of_operator() -> list[str]:
    """Names behind `Host` in `~/.ssh/config`, or in the file that `$CLEARQ_SSH_CONFIG` names."""
    user_directory = Path.home() / ".ssh"
    named = os.environ.get("CLEARQ_SSH_CONFIG")
    return hosts_in(Path(named) if named else user_directory / "config", user_directory)


def hosts_in(file: Path, include_directory: Path) -> list[str]:
    """Names without patterns in a file and what it includes, each once, in the file's order.

    What cannot be read or understood is left out: connecting will say what is wrong with it.
    """
    found: dict[str, None] = {}
    for host in _hosts(file, include_directory, 0):
        found.setdefault(host)
        if len(found) >= _MOST_HOSTS:
            break
    return list(found)


def _hosts(file: Path, include_directory: Path, depth: int) -> Iterator[str]:
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return
    for line in text.splitlines():
        keyword, rest = split_keyword(line)
        if keyword not in ("host", "include"):
            continue
        try:
            arguments = split_arguments(rest)
        except ValueError:
            continue
        if keyword == "host":
            yield from (name for name in arguments if name and not set(name) & set("*?!"))
        elif depth < _DEEPEST_INCLUDE:
            for included in _included(arguments, include_directory):
                yield from _hosts(included, include_directory, depth + 1)


def _included(patterns: list[str], include_directory: Path) -> Iterator[Path]:
    for pattern in patterns:
        full = include_directory / Path(pattern).expanduser()
        yield from (Path(path) for path in sorted(glob.glob(str(full))))  # noqa: PTH207 - absolute
