"""Which of an operator's arguments to `docker run` pass on a machine. Pure.

The rule of the machine's owner comes first: what it denies is refused, what it allows passes. For
the rest, an option passes that gives the container nothing beyond what the account has; one that
could is refused by name, and so is one that is not known.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Callable, Dict, FrozenSet, List, NamedTuple, Optional, Sequence

from remote_agent.containers.argument_syntax import Argument
from remote_agent.containers.failure import ContainerError
from remote_agent.containers.mount_arguments import as_meant, why_not_mounted
from remote_agent.containers.owner_rules import OwnerRules

_HARMLESS_NAMES = """
    add-host blkio-weight blkio-weight-device cap-drop cpu-count cpu-percent cpu-period cpu-quota
    cpu-rt-period cpu-rt-runtime cpu-shares cpus cpuset-cpus cpuset-mems device-read-bps
    device-read-iops device-write-bps device-write-iops dns dns-option dns-search domainname env
    env-file expose health-cmd health-interval health-retries health-start-period health-timeout
    hostname http-proxy ip ip6 kernel-memory label link link-local-ip mac-address memory
    memory-reservation memory-swap memory-swappiness network-alias no-healthcheck no-hosts
    pids-limit platform publish publish-all quiet read-only read-only-tmpfs shm-size stop-signal
    stop-timeout tmpfs tz ulimit umask unsetenv unsetenv-all
"""
HARMLESS: FrozenSet[str] = frozenset(_HARMLESS_NAMES.split())
"""Options that pass whatever their value is."""

_OWN: Dict[str, str] = {
    "attach": "the output goes to the task's log",
    "cidfile": "clearq keeps account of the container",
    "conmon-pidfile": "clearq keeps account of the container",
    "detach": "clearq starts the container",
    "detach-keys": "nobody is attached to the container",
    "entrypoint": "the task's command is what runs",
    "gpus": "the worker says which GPUs there are",
    "help": "it runs nothing",
    "init": "clearq's first process in the container does what it would",
    "interactive": "the command has no terminal",
    "label-file": "clearq keeps account of the container",
    "log-driver": "the output goes to the task's log",
    "log-opt": "the output goes to the task's log",
    "name": "clearq names the container",
    "pid": "an abort could not tell the container's processes from others",
    "pod": "clearq keeps account of the container",
    "pull": "clearq fetches the image",
    "replace": "clearq names the container",
    "restart": "a command is started once",
    "rm": "clearq removes the container",
    "rmi": "clearq keeps the image",
    "rootfs": "the image says what is in the container",
    "sig-proxy": "nobody is attached to the container",
    "tty": "the command has no terminal",
    "user": "outputs have to belong to the account",
    "userns": "outputs have to belong to the account",
    "workdir": "the command runs where the code is",
}
"""What clearq decides, so that it keeps its promises; no rule of the owner's changes it."""

_POWERS: Dict[str, str] = {
    "annotation": "it can change how the container is run",
    "cap-add": "it gives rights that the account does not have",
    "cgroup-parent": "it takes the container out of its limits",
    "device": "it gives a device of the machine",
    "device-cgroup-rule": "it gives devices of the machine",
    "group-add": "it gives rights that the account may not have",
    "oom-kill-disable": "it can bring the machine to a halt",
    "oom-score-adj": "it has others killed when memory runs out",
    "privileged": "it gives every right on the machine",
    "runtime": "it has another program run the container",
    "security-opt": "it takes the container's confinement away",
    "storage-opt": "it changes where the container is kept",
    "sysctl": "it changes settings of the kernel",
    "volume-driver": "it has another program provide volumes",
    "volumes-from": "it gives what belongs to another container",
}
"""What may give the container more than the account has."""

_NAMESPACES: Dict[str, FrozenSet[str]] = {
    "cgroupns": frozenset({"private"}),
    "ipc": frozenset({"private", "shareable", "none", ""}),
    "uts": frozenset({"private", ""}),
}
"""Values with which the container keeps to itself."""


class Policy(NamedTuple):
    """What arguments are judged by."""

    owner: OwnerRules
    resolve: Callable[[str], str]
    """The real path of a path."""
    private: Sequence[str] = ()
    """Directories of the machine that no container may see, beside the usual ones."""


def judged(arguments: Sequence[Argument], policy: Policy) -> List[str]:
    """The arguments as words for the engine.

    Raises:
        ContainerError: some do not pass; the sentence names each and says why.
    """
    refused = []
    for argument in arguments:
        reason = why_refused(argument, policy)
        if reason:
            refused.append("%.100s (%s)" % (argument, reason))
    if refused:
        raise ContainerError(
            "the image's arguments do not all pass on this machine: %s. Leave them out, or have "
            "the machine's owner allow them in /etc/clearq/containers.json." % "; ".join(refused)
        )
    return [str(argument) for argument in arguments]


def why_refused(argument: Argument, policy: Policy) -> str:
    """The reason, to follow the option in a sentence; empty: it passes."""
    own = _why_clearqs_own(argument)
    if own:
        return own
    meant = as_meant(argument, policy.resolve)
    if any(_matches(argument.name, text, policy.owner.deny) for text in (str(argument), meant)):
        return "the machine's owner denies it"
    if _matches(argument.name, meant, policy.owner.allow):
        return ""
    if not policy.owner.has_defaults:
        return "the machine's owner does not allow it"
    return _why_not_by_default(argument, policy)


def _why_clearqs_own(argument: Argument) -> str:
    if argument.name in _OWN:
        return _OWN[argument.name]
    if argument.name == "label" and (argument.value or "").lower().startswith("clearq"):
        return "clearq keeps account of the container"
    return ""


def _why_not_by_default(argument: Argument, policy: Policy) -> str:
    name, value = argument
    if name in _POWERS:
        return _POWERS[name]
    if name in _NAMESPACES:
        is_private = (value or "") in _NAMESPACES[name]
        return "" if is_private else "it shares what is the machine's or another container's"
    if name == "network":
        joins = "container:" in (value or "") or (value or "").startswith("ns:")
        return "it joins the network of another container" if joins else ""
    if name in ("volume", "mount"):
        return why_not_mounted(argument, policy.resolve, policy.private)
    return "" if name in HARMLESS else "clearq does not know it"


def _matches(name: str, text: str, patterns: Sequence[str]) -> bool:
    return any(
        fnmatchcase(text if "=" in pattern else "--" + name, pattern) for pattern in patterns
    )


def option_of(name: str, value: Optional[object]) -> List[Argument]:
    """The argument that a field of the spec stands for, to be judged with the others."""
    return [Argument(name, str(value))] if value else []
