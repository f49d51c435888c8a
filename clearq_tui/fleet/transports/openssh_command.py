"""The command line of the OpenSSH client, so that nothing in it can be taken for something else."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from clearq_tui.fleet.failures import BadConfiguration
from clearq_tui.fleet.ssh_settings import SshSettings, Surroundings
from clearq_tui.fleet.transports.way import Way


def ssh_arguments(
    way: Way, surroundings: Surroundings, *options: str, known_hosts: Sequence[Path] | None = None
) -> list[str]:
    """`ssh` with everything up to the host; append a command, one argument of shell text.

    `options` come before ours and win; `known_hosts` replaces the files to check keys against.
    """
    settings = way.settings
    files = (*settings.known_hosts, surroundings.accepted_hosts)
    arguments = ["ssh", "-T", *(f"-o{option}" for option in options)]
    if surroundings.config_option is not None:
        arguments += ["-F", str(surroundings.config_option)]
    arguments += [
        "-oBatchMode=yes",
        # The configuration may say "no"; clearq never does. Every file is ours to read only.
        "-oStrictHostKeyChecking=yes",
        "-oUserKnownHostsFile=" + _file_list(files if known_hosts is None else known_hosts),
        "-oGlobalKnownHostsFile=none",
        "-oUpdateHostKeys=no",
        f"-oConnectTimeout={int(settings.timeout)}",
        "-oServerAliveInterval=5",
        "-oServerAliveCountMax=3",
        "-oClearAllForwardings=yes",
        "-oForwardAgent=no",
        "-oForwardX11=no",
        "-oPermitLocalCommand=no",
        "-oRemoteCommand=none",
        "-oEscapeChar=none",
    ]
    if way.identity is not None:
        arguments += ["-i", str(settings.identity_files[0])]
    if way.hop.user is not None:
        arguments += ["-l", way.hop.user]
    if way.hop.port is not None:
        arguments += ["-p", str(way.hop.port)]
    if way.before is not None:
        arguments.append("-oProxyCommand=" + _through(way.before, settings, surroundings))
    elif not settings.jump and settings.proxy_command is None:
        arguments.append("-oProxyCommand=none")
    return [*arguments, "--", way.hop.host]


def _through(bastion: Way, target: SshSettings, surroundings: Surroundings) -> str:
    """ssh's own ProxyJump would check the bastion's key by the configuration's rules, not ours."""
    arguments = ssh_arguments(bastion, surroundings, "ProxyUseFdpass=no")
    host = arguments.pop()
    assert arguments.pop() == "--"
    arguments += [f"-W[{target.hostname}]:{target.port}", "--", host]
    return shlex.join(arguments).replace("%", "%%")


def _file_list(files: Sequence[Path]) -> str:
    """Paths as one value of ssh_config: quoted, with nothing left to expand."""
    for file in files:
        if "${" in str(file):
            raise BadConfiguration(f"ssh would expand the variable in the path {file}.")
    quoted = (str(file).replace("\\", "\\\\").replace('"', '\\"') for file in files)
    return " ".join(f'"{path}"' for path in quoted).replace("%", "%%")
