"""What `ssh_config` means for one host: typed, expanded, ready for asyncssh and paramiko."""

from __future__ import annotations

import getpass
import hashlib
import os
import pwd
import socket
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from clearq_tui.fleet.destination import BadDestination, Hop, parse_jump
from clearq_tui.fleet.failures import BadConfiguration
from clearq_tui.fleet.host_keys import DEFAULT_PORT
from clearq_tui.fleet.ssh_config import Asked, ConfigFile, Options, read_options
from clearq_tui.ssh_config_syntax import expand_tokens, expand_variables, parse_port

_CONDITION_TIMEOUT: Final = 10
"""Seconds for a `Match exec` command."""
_DEFAULT_IDENTITIES: Final = ("id_rsa", "id_ecdsa", "id_ecdsa_sk", "id_ed25519", "id_ed25519_sk")


@dataclass(frozen=True)
class Surroundings:
    """The operator's side of every connection. `surroundings_of_operator` makes the usual one."""

    accepted_hosts: Path
    """clearq's own known_hosts: keys that the operator accepted inside clearq."""
    config_files: Sequence[ConfigFile]
    home: Path
    environment: Mapping[str, str]
    known_hosts: Sequence[Path] | None = None
    """The operator's known_hosts files; None: those that `ssh_config` names."""
    config_option: Path | None = None
    """What `ssh -F` must be given to see the same configuration; None: nothing."""
    connect_timeout: float = 15.0
    """Seconds for one hop, login included."""


def surroundings_of_operator(
    accepted_hosts: Path, *, ssh_config: Path | None = None, known_hosts: Path | None = None
) -> Surroundings:
    """Whoever runs this: `~/.ssh/config` and `/etc/ssh/ssh_config`, or else the file given.

    A file named by `$CLEARQ_SSH_CONFIG` takes their place too.
    """
    home = Path.home()
    if ssh_config is None and (named := os.environ.get("CLEARQ_SSH_CONFIG")):
        ssh_config = Path(named)
    user_directory = home / ".ssh"
    files = [
        ConfigFile(user_directory / "config", user_directory),
        ConfigFile(Path("/etc/ssh/ssh_config"), Path("/etc/ssh")),
    ]
    return Surroundings(
        accepted_hosts=accepted_hosts,
        config_files=files if ssh_config is None else [ConfigFile(ssh_config, user_directory)],
        home=home,
        environment=dict(os.environ),
        known_hosts=None if known_hosts is None else (known_hosts,),
        config_option=ssh_config,
    )


@dataclass(frozen=True)
class SshSettings:
    """Everything that a connection to one host needs to know."""

    alias: str
    """The host as typed; errors name it."""
    hostname: str
    user: str
    port: int
    jump: tuple[Hop, ...] = ()
    proxy_command: str | None = None
    """Shell text, tokens replaced."""
    identity_files: tuple[Path, ...] = ()
    identities_given: bool = False
    """The identity files were named, by the operator or in a file; they must exist."""
    certificate_files: tuple[Path, ...] = ()
    identities_only: bool = False
    identity_agent: str | None = None
    """The agent's socket; None: no agent."""
    host_key_alias: str | None = None
    known_hosts: tuple[Path, ...] = ()
    revoked_host_keys: Path | None = None
    family: socket.AddressFamily = socket.AF_UNSPEC
    bind_address: str | None = None
    compression: bool = False
    gssapi: bool = False
    timeout: float = 15.0
    algorithms: Mapping[str, str] = field(default_factory=dict)
    """`ciphers`, `macs`, `kexalgorithms`, `hostkeyalgorithms` where a file sets them."""

    @property
    def key_name(self) -> str:
        """The name under which host keys are kept, in lower case."""
        return (self.host_key_alias or self.hostname).lower()

    @property
    def key_port(self) -> int:
        """The port that belongs to that name: an alias stands for a host whatever its port."""
        return DEFAULT_PORT if self.host_key_alias else self.port

    def __str__(self) -> str:
        """`alice@gpu1`."""
        return f"{self.user}@{self.alias}"


def resolve_settings(
    hop: Hop,
    surroundings: Surroundings,
    *,
    jump: tuple[Hop, ...] | None = None,
    identity: str | None = None,
) -> SshSettings:
    """Read the configuration for one host. Blocks: reads files, runs `Match exec` commands.

    Raises:
        BadConfiguration: a file or a value is malformed.
    """
    asked = _asked(hop, jump, surroundings)
    try:
        options = read_options(surroundings.config_files, asked)
        return _Reader(hop, options, surroundings, asked.local_user).settings(identity)
    except (ValueError, BadDestination) as error:
        text = str(error).rstrip(".")
        raise BadConfiguration(
            f"The SSH configuration for {hop.host}: {text}.", hop.host
        ) from error


def _asked(hop: Hop, jump: tuple[Hop, ...] | None, surroundings: Surroundings) -> Asked:
    local_user = _local_user()
    return Asked(
        host=hop.host,
        user=hop.user,
        port=hop.port,
        jump=None if jump is None else ",".join(map(str, jump)) or "none",
        local_user=local_user,
        run_condition=lambda command, tokens: _run_condition(
            expand_tokens(command, _all_tokens(tokens, local_user, surroundings.home)),
            surroundings.environment,
        ),
        local_addresses=_local_addresses,
        can_resolve=_can_resolve,
        home=surroundings.home,
    )


def _local_user() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return getpass.getuser()


def _run_condition(command: str, environment: Mapping[str, str]) -> bool:
    try:
        ended = subprocess.run(
            [environment.get("SHELL") or "/bin/sh", "-c", command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=dict(environment),
            timeout=_CONDITION_TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ValueError(
            f"Match exec {command!r} did not end within {_CONDITION_TIMEOUT} s"
        ) from error
    except OSError as error:
        raise ValueError(f"Match exec {command!r} could not run: {error.strerror}") from error
    return ended.returncode == 0


def _can_resolve(name: str) -> bool:
    try:
        # The dot at the end keeps the resolver from trying its own search list.
        return bool(socket.getaddrinfo(f"{name}.", None, type=socket.SOCK_STREAM))
    except OSError:
        return False


def _local_addresses() -> list[str]:
    import psutil

    return [
        address.address.partition("%")[0]
        for addresses in psutil.net_if_addrs().values()
        for address in addresses
        if address.family in (socket.AF_INET, socket.AF_INET6)
    ]


def _all_tokens(tokens: Mapping[str, str], local_user: str, home: Path) -> dict[str, str]:
    """The given %h %k %n %p %r, and those that describe this laptop."""
    local_host = socket.gethostname()
    connection = local_host + tokens["h"] + tokens["p"] + tokens["r"] + tokens.get("j", "")
    return {
        "j": "",
        **tokens,
        "C": hashlib.sha1(connection.encode(), usedforsecurity=False).hexdigest(),
        "d": str(home),
        "i": str(os.getuid()),
        "L": local_host.partition(".")[0],
        "l": local_host,
        "u": local_user,
    }


class _Reader:
    """Turns options into settings."""

    def __init__(
        self, hop: Hop, options: Options, surroundings: Surroundings, local_user: str
    ) -> None:
        self._hop = hop
        self._options = options
        self._surroundings = surroundings
        self._user = options.first("user") or local_user
        self._port = parse_port(options.first("port") or str(DEFAULT_PORT))
        self._alias = options.first("hostkeyalias")
        self._tokens = _all_tokens(
            {
                "h": options.hostname,
                "k": self._alias or hop.host,
                "n": hop.host,
                "p": str(self._port),
                "r": self._user,
            },
            local_user,
            surroundings.home,
        )

    def settings(self, identity: str | None) -> SshSettings:
        """All of them; ValueError names what is malformed."""
        options = self._options
        command = options.first("proxycommand")
        named = options.values.get("identityfile", ())
        identities = [path for path in named if path.lower() != "none"]
        if identity is not None:
            identities.insert(0, identity)
        ssh = self._surroundings.home / ".ssh"
        return SshSettings(
            alias=self._hop.host,
            hostname=options.hostname,
            user=self._user,
            port=self._port,
            jump=parse_jump(options.first("proxyjump") or "none"),
            proxy_command=None
            if not command or command.lower() == "none"
            else expand_tokens(command, self._tokens),
            identity_files=tuple(map(self._path, identities))
            if named or identities
            else tuple(ssh / name for name in _DEFAULT_IDENTITIES),
            identities_given=bool(identities),
            certificate_files=tuple(
                self._path(path)
                for path in options.values.get("certificatefile", ())
                if path.lower() != "none"
            ),
            identities_only=self._flag("identitiesonly"),
            identity_agent=self._agent(),
            host_key_alias=self._alias and self._alias.lower(),
            known_hosts=self._known_hosts(),
            revoked_host_keys=self._revoked_host_keys(),
            family=self._family(),
            bind_address=options.first("bindaddress"),
            compression=self._flag("compression"),
            gssapi=self._flag("gssapiauthentication"),
            timeout=self._timeout(),
            algorithms={
                name: value
                for name in ("ciphers", "macs", "kexalgorithms", "hostkeyalgorithms")
                if (value := options.first(name))
            },
        )

    def _path(self, text: str) -> Path:
        if text == "~" or text.startswith("~/"):
            text = str(self._surroundings.home) + text[1:]
        text = expand_variables(text, self._surroundings.environment.get)
        return Path(expand_tokens(text, self._tokens)).expanduser()

    def _flag(self, keyword: str) -> bool:
        value = (self._options.first(keyword) or "no").lower()
        if value not in ("yes", "true", "no", "false"):
            raise ValueError(f"{keyword} is {value!r}; expected yes or no")
        return value in ("yes", "true")

    def _agent(self) -> str | None:
        """The agent's socket by IdentityAgent, else by the environment."""
        environment = self._surroundings.environment
        named = self._options.first("identityagent") or "SSH_AUTH_SOCK"
        if named.lower() == "none":
            return None
        if named == "SSH_AUTH_SOCK":
            return environment.get("SSH_AUTH_SOCK") or None
        if named.startswith("$") and not named.startswith("${"):
            return environment.get(named[1:]) or None
        return str(self._path(named))

    def _known_hosts(self) -> tuple[Path, ...]:
        if self._surroundings.known_hosts is not None:
            return tuple(self._surroundings.known_hosts)
        values, ssh = self._options.values, self._surroundings.home / ".ssh"
        mine = values.get("userknownhostsfile", (f"{ssh}/known_hosts", f"{ssh}/known_hosts2"))
        everybodys = values.get(
            "globalknownhostsfile", ("/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2")
        )
        names = [name for name in (*mine, *everybodys) if name.lower() != "none"]
        return tuple(map(self._path, names))

    def _revoked_host_keys(self) -> Path | None:
        named = self._options.first("revokedhostkeys")
        return None if named is None or named.lower() == "none" else self._path(named)

    def _family(self) -> socket.AddressFamily:
        value = (self._options.first("addressfamily") or "any").lower()
        families = {"any": socket.AF_UNSPEC, "inet": socket.AF_INET, "inet6": socket.AF_INET6}
        if value not in families:
            raise ValueError(f"AddressFamily is {value!r}; expected any, inet or inet6")
        return families[value]

    def _timeout(self) -> float:
        """ConnectTimeout where set: a plain number of seconds; else ours."""
        value = self._options.first("connecttimeout")
        if value is None or value.lower() == "none":
            return self._surroundings.connect_timeout
        if not (value.isascii() and value.isdigit() and int(value) > 0):
            raise ValueError(f"ConnectTimeout is {value!r}; expected a number of seconds")
        return float(value)
