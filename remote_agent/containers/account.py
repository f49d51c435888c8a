"""Who the processes in a container are to be, by engine and account."""

from __future__ import annotations

import os
from typing import Sequence, Tuple

from remote_agent.containers.creation import Who
from remote_agent.containers.engine import PODMAN, Engine
from remote_agent.containers.failure import ContainerError

_SELINUX = "/sys/fs/selinux/enforce"


def account_in_container(engine: Engine) -> Who:
    """The user by which what the container writes belongs to this account.

    Raises:
        ContainerError: the engine maps accounts in a way that rules this out.
    """
    groups = tuple(os.getgroups())
    return who_for(engine.kind, engine.confinement, os.geteuid(), os.getegid(), groups)


def who_for(
    kind: str, confinement: Sequence[str], uid: int, gid: int, groups: Tuple[int, ...]
) -> Who:
    """The decision, pure.

    Args:
        kind: of the engine.
        confinement: what docker's daemon says of it.
        uid: of the account.
        gid: of the account.
        groups: of the account.

    Raises:
        ContainerError: see `account_in_container`.
    """
    names = [option.partition(",")[0] for option in confinement]
    if kind == PODMAN:
        return Who(uid, gid, (), keeps_id=uid != 0)
    if "name=rootless" in names:
        return Who(0, 0, (), keeps_id=False)  # root in there is this account
    if "name=userns" in names:
        raise ContainerError(
            "docker's daemon on this machine runs containers under accounts of its own "
            "(userns-remap), to which the task's files cannot be given. Use podman, or turn that "
            "setting off."
        )
    return Who(uid, gid, () if uid == 0 else groups, keeps_id=False)


def has_selinux() -> bool:
    """Whether this machine would keep a container from files that it is given."""
    return os.path.exists(_SELINUX)
