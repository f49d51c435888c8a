"""Reads the words that an operator adds to `docker run`, the way docker and podman read them. Pure.

What has been read is written anew for the engine, so that nothing can mean one thing to whoever
judges it and another to the engine.
"""

from __future__ import annotations

from typing import Dict, FrozenSet, List, NamedTuple, Optional, Sequence

from remote_agent.containers.failure import ContainerError

SHORT: Dict[str, str] = {
    "a": "attach",
    "c": "cpu-shares",
    "d": "detach",
    "e": "env",
    "h": "hostname",
    "i": "interactive",
    "l": "label",
    "m": "memory",
    "P": "publish-all",
    "p": "publish",
    "q": "quiet",
    "t": "tty",
    "u": "user",
    "v": "volume",
    "w": "workdir",
}
"""What the options of one letter stand for."""

ALIASES: Dict[str, str] = {"net": "network", "net-alias": "network-alias", "dns-opt": "dns-option"}
"""Other names of options, by which an engine knows them too."""

FLAGS: FrozenSet[str] = frozenset(
    {
        "detach",
        "disable-content-trust",
        "env-host",
        "help",
        "http-proxy",
        "init",
        "interactive",
        "no-healthcheck",
        "no-hosts",
        "oom-kill-disable",
        "passwd",
        "privileged",
        "publish-all",
        "quiet",
        "read-only",
        "read-only-tmpfs",
        "replace",
        "rm",
        "rmi",
        "rootfs",
        "sig-proxy",
        "tls-verify",
        "tty",
        "unsetenv-all",
        "use-api-socket",
    }
)
"""Options that take no value, unless it is given with `=`."""


class Argument(NamedTuple):
    """One option, by its long name."""

    name: str
    value: Optional[str]
    """None: it is a flag."""

    def __str__(self) -> str:
        """As one word for the engine."""
        return "--%s" % self.name if self.value is None else "--%s=%s" % (self.name, self.value)


def read_arguments(words: Sequence[str]) -> List[Argument]:
    """The options that the words are.

    Raises:
        ContainerError: a word is no option, or lacks its value.
    """
    waiting = list(words)
    found: List[Argument] = []
    while waiting:
        word = waiting.pop(0)
        if word.startswith("--") and len(word) > len("--"):
            found.append(_long(word, waiting))
        elif word.startswith("-") and len(word) > 1 and not word.startswith("--"):
            found += _short(word, waiting)
        else:
            raise ContainerError(
                "among the image's arguments, %.100r is no option; "
                "write an option and its value as one word, --option=value." % word
            )
    return found


def _long(word: str, waiting: List[str]) -> Argument:
    name, has_value, value = word[2:].partition("=")
    name = ALIASES.get(name, name)
    if has_value:
        return Argument(name, value)
    return Argument(name, None if name in FLAGS else _next(word, waiting))


def _short(word: str, waiting: List[str]) -> List[Argument]:
    """Flags may stand together, and the last letter may be an option with its value behind it."""
    found: List[Argument] = []
    letters = word[1:]
    while letters:
        letter, letters = letters[0], letters[1:]
        if letter not in SHORT:
            raise ContainerError("among the image's arguments, there is no option -%s." % letter)
        name = SHORT[letter]
        if letters.startswith("="):
            return [*found, Argument(name, letters[1:])]
        if name in FLAGS:
            found.append(Argument(name, None))
        else:
            return [*found, Argument(name, letters or _next(word, waiting))]
    return found


def _next(word: str, waiting: List[str]) -> str:
    if not waiting:
        raise ContainerError("among the image's arguments, %.100s lacks its value." % word)
    return waiting.pop(0)
