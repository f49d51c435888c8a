"""Reads OpenSSH's client configuration as `ssh` does: Host, Match, Include, first value wins.

asyncssh's own reader differs in ways that matter (tokens in `Match exec`, comments after values,
quoting, the order of included files, `/etc/ssh/ssh_config`), and paramiko knows no Include. So both
libraries are fed from here, and `ssh -G` is the judge in the tests.
"""

from __future__ import annotations

import glob
import ipaddress
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from clearq_tui.fleet.failures import BadConfiguration
from clearq_tui.fleet.ssh_config_match import MatchQuestion, evaluate_match
from clearq_tui.ssh_config_syntax import (
    expand_tokens,
    matches_pattern,
    parse_port,
    split_arguments,
    split_keyword,
)

_DEEPEST_INCLUDE: Final = 16
_CUMULATIVE: Final = frozenset({"identityfile", "certificatefile"})
_ONE_VALUE: Final = frozenset(
    {"hostname", "user", "port", "identityfile", "certificatefile", "hostkeyalias", "identityagent"}
)
_WHOLE_REST: Final = frozenset({"proxycommand", "proxyjump", "remotecommand", "localcommand"})


@dataclass(frozen=True)
class ConfigFile:
    """A file to read, and where its relative includes are sought."""

    path: Path
    include_directory: Path


@dataclass(frozen=True)
class Asked:
    """The host that is looked up, and what does not come from a file."""

    host: str
    user: str | None
    port: int | None
    jump: str | None
    """A ProxyJump that was given explicitly, `none` included."""
    local_user: str
    run_condition: Callable[[str, dict[str, str]], bool]
    """Runs a `Match exec` command, whose tokens are still to be replaced by the given ones."""
    local_addresses: Callable[[], Sequence[str]]
    can_resolve: Callable[[str], bool]
    """Whether a fully qualified name has an address."""
    home: Path


@dataclass
class Options:
    """What the files say about one host, unexpanded, by keyword in lower case."""

    hostname: str
    """The name or address to connect to."""
    values: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def first(self, keyword: str) -> str | None:
        """The option's only or first argument; None where no file sets it."""
        value = self.values.get(keyword)
        return value[0] if value else None


def read_options(files: Sequence[ConfigFile], asked: Asked) -> Options:
    """Everything that the files say about a host, after a second pass where `Match final` asks.

    Raises:
        BadConfiguration: a file is malformed or cannot be read; names file and line.
    """
    options = Options(asked.host)
    for keyword, given in (("user", asked.user), ("port", asked.port), ("proxyjump", asked.jump)):
        if given is not None:
            options.values[keyword] = (str(given),)
    first = _Pass(asked, options, asked.host, is_final=False)
    first.read_all(files)
    options.hostname = _in_lower_case(_real_hostname(options, asked.host))
    canonicalize = (options.first("canonicalizehostname") or "no").lower()
    if canonicalize not in ("no", "false"):
        is_always = canonicalize == "always"
        options.hostname = _canonical(options, asked.can_resolve, is_always=is_always)
    if first.wants_final or canonicalize not in ("no", "false"):
        options.values["hostname"] = (options.hostname,)
        _Pass(asked, options, options.hostname, is_final=True).read_all(files)
        options.hostname = options.values["hostname"][0]
    return options


def _real_hostname(options: Options, typed: str) -> str:
    template = options.first("hostname")
    try:
        return typed if template is None else expand_tokens(template, {"h": typed})
    except ValueError as error:
        raise BadConfiguration(f"HostName {template} of {typed}: {error}.") from error


def _canonical(options: Options, can_resolve: Callable[[str], bool], *, is_always: bool) -> str:
    """CanonicalizeHostname: the first of CanonicalDomains in which the name exists.

    Names that are reached through something else are left alone, as are long ones. Aliases in the
    DNS (CanonicalizePermittedCNAMEs) are not followed.
    """
    name, values = options.hostname, options.values
    is_proxied = any(
        (options.first(keyword) or "none").lower() != "none"
        for keyword in ("proxycommand", "proxyjump")
    )
    max_dots = int(options.first("canonicalizemaxdots") or 1)
    if _is_address(name) or (is_proxied and not is_always) or name.count(".") > max_dots:
        return name
    for domain in values.get("canonicaldomains", ()):
        if can_resolve(f"{name}.{domain}"):
            return f"{name}.{domain}".lower()
    if (options.first("canonicalizefallbacklocal") or "yes").lower() in ("no", "false"):
        raise BadConfiguration(f"{name} exists in none of CanonicalDomains.", name)
    return name


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _in_lower_case(name: str) -> str:
    return name if _is_address(name) else name.lower()


class _Pass:
    """One reading of all files for one host."""

    def __init__(self, asked: Asked, options: Options, host: str, *, is_final: bool) -> None:
        self._asked = asked
        self._options = options
        self._host = host
        self._is_final = is_final
        self._active = True
        self.wants_final = False

    def read_all(self, files: Sequence[ConfigFile]) -> None:
        """Read the files in order; one that does not exist is as good as empty."""
        for file in files:
            self._active = True
            self._read(file, depth=0, hidden=False)

    def _read(self, file: ConfigFile, depth: int, *, hidden: bool) -> None:
        """`hidden`: included from a block that does not apply, so nothing in the file does."""
        if depth > _DEEPEST_INCLUDE:
            raise BadConfiguration(
                f"{file.path}: Include is nested too deep; does it go in a circle?"
            )
        try:
            text = file.path.read_text(encoding="utf-8", errors="surrogateescape")
        except FileNotFoundError:
            return
        except OSError as error:
            raise BadConfiguration(f"{file.path} cannot be read: {error.strerror}.") from error
        for number, line in enumerate(text.split("\n"), 1):
            keyword, rest = split_keyword(line)
            if not keyword:
                continue
            try:
                self._take(keyword, rest, file, depth, hidden=hidden)
            except ValueError as error:
                raise BadConfiguration(f"{file.path} line {number}: {error}.") from error

    def _take(self, keyword: str, rest: str, file: ConfigFile, depth: int, *, hidden: bool) -> None:
        arguments = split_arguments(rest)
        if not arguments or not arguments[0]:
            raise ValueError(f"{keyword} without a value")
        if keyword in _WHOLE_REST:
            self._set(keyword, (rest,))
        elif keyword == "host":
            self._active = not hidden and _host_applies(self._host, arguments)
        elif keyword == "match":
            applies = evaluate_match(arguments, self._question())
            self.wants_final |= applies.wants_final
            self._active = not hidden and applies.result
        elif keyword == "include":
            self._include(arguments, file, depth, hidden=hidden)
        elif keyword in _ONE_VALUE and len(arguments) > 1:
            raise ValueError(f"{keyword} has more than one value; a value with spaces needs quotes")
        elif keyword == "port":
            self._set(keyword, (str(parse_port(arguments[0])),))
        else:
            self._set(keyword, tuple(arguments))

    def _include(
        self, patterns: Sequence[str], file: ConfigFile, depth: int, *, hidden: bool
    ) -> None:
        outer = self._active
        for pattern in patterns:
            in_home = pattern.startswith("~/")
            # A pattern that is absolute stays as it is when it is joined.
            full = self._asked.home / pattern[2:] if in_home else file.include_directory / pattern
            for path in sorted(glob.glob(str(full))):  # noqa: PTH207 - the pattern is absolute
                self._read(
                    ConfigFile(Path(path), file.include_directory),
                    depth + 1,
                    hidden=hidden or not outer,
                )
                self._active = outer

    def _set(self, keyword: str, value: tuple[str, ...]) -> None:
        values = self._options.values
        if not self._active:
            return
        if keyword in _CUMULATIVE:
            values[keyword] = tuple(dict.fromkeys((*values.get(keyword, ()), value[0])))
        elif (keyword == "proxyjump" and "proxycommand" in values) or (
            keyword == "proxycommand" and values.get("proxyjump", ("none",))[0].lower() != "none"
        ):
            return
        else:
            values.setdefault(keyword, value)

    def _question(self) -> MatchQuestion:
        options, asked = self._options, self._asked
        host = self._host if self._is_final else _real_hostname(options, asked.host)
        user = options.first("user") or asked.local_user
        tokens = {
            "h": host,
            "n": asked.host,
            "k": options.first("hostkeyalias") or asked.host,
            "p": options.first("port") or "22",
            "r": user,
        }
        return MatchQuestion(
            host=host,
            original_host=asked.host,
            user=user,
            local_user=asked.local_user,
            tag=options.first("tag") or "",
            is_final=self._is_final,
            run_condition=lambda command: asked.run_condition(command, tokens),
            local_addresses=asked.local_addresses,
        )


def _host_applies(host: str, patterns: Sequence[str]) -> bool:
    applies = False
    for pattern in patterns:
        if pattern.startswith("!"):
            if matches_pattern(host, pattern[1:]):
                return False
        elif matches_pattern(host, pattern):
            applies = True
    return applies
