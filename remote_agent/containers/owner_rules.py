"""What the owner of a machine says of containers on it, in a file that only the owner can write."""

from __future__ import annotations

import json
import os
import stat
from typing import Any, NamedTuple, Sequence, Tuple

from remote_agent.containers.failure import ContainerError

_OF_THE_MACHINE = "/etc/clearq/containers.json"
_OF_THE_ACCOUNT = "~/.config/clearq/containers.json"
_LARGEST = 1 << 20
_FIELDS = ("engine", "allow", "deny", "defaults")
_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH


class OwnerRules(NamedTuple):
    """Patterns match options as in `--cap-add=SYS_PTRACE`; one without `=` matches any value."""

    engine: str
    """`docker`, `podman` or the path of one; empty: whichever there is."""
    allow: Tuple[str, ...]
    """Options that pass although clearq would refuse them."""
    deny: Tuple[str, ...]
    """Options that never pass."""
    has_defaults: bool
    """Whether options pass that clearq takes for harmless; else only those in `allow`."""


NO_RULES = OwnerRules("", (), (), True)


def places() -> Tuple[str, str]:
    """Where the file is looked for, the machine's first."""
    return _OF_THE_MACHINE, os.path.expanduser(_OF_THE_ACCOUNT)


def read_owner_rules(paths: Sequence[str]) -> OwnerRules:
    """The rules in the first of these files that exists.

    Raises:
        ContainerError: somebody else could have written the file, or it makes no sense.
    """
    for path in paths:
        try:
            file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            raise _wrong(path, "cannot be read: %s" % error.strerror) from error
        with os.fdopen(file, "rb") as opened:
            _check_owner(path, os.fstat(file))
            _check_owner(os.path.dirname(path), os.stat(os.path.dirname(path)))
            return rules_of(path, opened.read(_LARGEST))
    return NO_RULES


def rules_of(path: str, content: bytes) -> OwnerRules:
    """What the file of this content says.

    Raises:
        ContainerError: it makes no sense.
    """
    try:
        said = json.loads(content)
    except ValueError as error:
        raise _wrong(path, "is no JSON: %s" % error) from error
    if not isinstance(said, dict):
        raise _wrong(path, "holds no object; expected one with %s" % ", ".join(_FIELDS))
    for name in said:
        if name not in _FIELDS:
            raise _wrong(path, "has an unknown field %.60r; known are %s" % (name, _known()))
    engine, defaults = said.get("engine", ""), said.get("defaults", True)
    if not isinstance(engine, str):
        raise _wrong(path, "has %.60r as engine; expected docker, podman or a path" % engine)
    if not isinstance(defaults, bool):
        raise _wrong(path, "has %.60r as defaults; expected true or false" % defaults)
    return OwnerRules(
        engine, _patterns(path, said, "allow"), _patterns(path, said, "deny"), defaults
    )


def _patterns(path: str, said: Any, field: str) -> Tuple[str, ...]:  # noqa: ANN401 - from JSON
    value: object = said.get(field, [])
    if not isinstance(value, list) or not all(
        isinstance(pattern, str) and pattern.startswith(("--", "*")) for pattern in value
    ):
        raise _wrong(
            path, "has %.80r as %s; expected a list of options such as --cap-add=*" % (value, field)
        )
    return tuple(value)


def _check_owner(path: str, found: os.stat_result) -> None:
    if found.st_uid not in (0, os.getuid()) or found.st_mode & _BY_OTHERS:
        raise ContainerError(
            "the rules for containers on this machine cannot be trusted: others may write to %s. "
            "Only its owner may; chmod go-w helps." % path
        )


def _known() -> str:
    return ", ".join(_FIELDS)


def _wrong(path: str, what: str) -> ContainerError:
    return ContainerError("the rules for containers on this machine: %s %s." % (path, what))
