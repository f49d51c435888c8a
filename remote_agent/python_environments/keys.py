"""The names under which environments and resolutions are kept: whatever matters is in them. Pure.

The order of requirements does not matter, that of options does.
"""

from __future__ import annotations

import re
from typing import Iterable, List, Mapping, NamedTuple, Tuple

from remote_agent.python_environments.interpreter import Interpreter
from remote_agent.python_environments.notes import digest_of

FORMAT = 1
"""Raised when environments are built in another way, so that old ones are not taken for new."""
_HASH = re.compile(r"\s--hash[= ]")
_ADDRESS_OPTION = re.compile(r"(-i|-f|--(index-url|extra-index-url|find-links|trusted-host))\b")
_SETTING = re.compile(r"(UV|PIP)_")
_ADDRESS_SETTING = re.compile(r"INDEX|FIND_LINKS|HOST|CERT|KEYRING|MIRROR")
_WITHOUT_EFFECT = re.compile(
    r"(CACHE|PROGRESS|TIMEOUT|RETRIES|QUIET|VERBOSE|COLOR|LINK_MODE|CONCURRENT)|_CHECK\Z|_INPUT\Z"
)


class Sources(NamedTuple):
    """What decides which files are taken for a requirement."""

    addresses: Tuple[str, ...]
    """Where they are looked for."""
    choices: Tuple[str, ...]
    """Which of them are preferred, and how they are built."""


def sources_of(
    options: Iterable[str], settings: Mapping[str, str], files: Iterable[str] = ()
) -> Sources:
    """What the options and the variables for uv and pip say of it.

    `files` stand for files that lie on this machine, with what tells one content from another.
    """
    addresses: List[str] = sorted(files)
    choices: List[str] = []
    for option in options:
        (addresses if _ADDRESS_OPTION.match(option) else choices).append(option)
    for name, value in sorted(settings.items()):
        if _SETTING.match(name) and not _WITHOUT_EFFECT.search(name):
            kind = addresses if _ADDRESS_SETTING.search(name) else choices
            kind.append("%s=%s" % (name, value))
    return Sources(tuple(addresses), tuple(choices))


def environment_key(lines: Iterable[str], python: Interpreter, tool: str, sources: Sources) -> str:
    """The key of the environment in which these resolved requirements are installed.

    Args:
        lines: requirements, everything pinned.
        python: for which it is built.
        tool: `uv` or `pip`.
        sources: the addresses matter where a line has no hash that says what must come.
    """
    wanted = sorted(set(lines))
    is_sealed = all(_HASH.search(line) for line in wanted)
    addresses = () if is_sealed else sources.addresses
    return digest_of(
        [FORMAT, "environment", wanted, python.to_json(), tool, addresses, sources.choices]
    )


def resolution_key(
    lines: Iterable[str],
    constraints: Iterable[str],
    python: Interpreter,
    tool: str,
    sources: Sources,
) -> str:
    """The key of what these requirements resolve to."""
    wanted, limits = sorted(set(lines)), sorted(set(constraints))
    return digest_of([FORMAT, "resolution", wanted, limits, python.to_json(), tool, sources])
