"""What the task's container is given: files of the machine, and variables."""

from __future__ import annotations

import os
import pwd
import shlex
import stat
from typing import TYPE_CHECKING, Any, Dict, List

from remote_agent.containers.places import HOME, LOG, Desk, Mount
from remote_agent.containers.secrets_inside import secret_mounts

if TYPE_CHECKING:
    from remote_agent.environments.interface import Site

OURS = "CLEARQ_"
"""How variables begin that no set-up script changes."""
_SHARED = ("environments", "pythons", "pip")
"""Of the cache: environments, builds of Python, and pip."""


def mounts_for(site: Site, wants_packages: bool) -> List[Mount]:
    """What the container sees. Makes what has to be there for that.

    Raises:
        ContainerError: a secret cannot be given to it.
        OSError: the disk refuses.
    """
    # The log itself, unless what goes there has to be looked through for secrets first.
    is_plain = stat.S_ISREG(os.fstat(site.log).st_mode)
    desk = Desk(site.directory)
    log = site.layout.attempt_log(os.path.basename(site.directory))
    scalars = site.variables["CLEARQ_SCALARS"]
    os.close(os.open(scalars, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))
    return [
        *desk.mounts(),
        Mount(log if is_plain else desk.stream, LOG, False),
        *(Mount(path, path, False) for path in (site.workspace, site.output, scalars)),
        *secret_mounts(secret_uses(site), site.secret_files),
        *(_mounts_for_packages(site) if wants_packages else []),
    ]


def _mounts_for_packages(site: Site) -> List[Mount]:
    """What is shared, only to be read; and the attempt's own environment."""
    # Here, because it needs the modes of environments, which need this.
    from remote_agent.python_environments.set_up import OWN

    own = os.path.join(site.directory, OWN)
    shared = [os.path.join(site.layout.cache, name) for name in _SHARED]
    for path in (*shared, own):
        os.makedirs(path, mode=0o700, exist_ok=True)
    return [*(Mount(path, path, True) for path in shared), Mount(own, own, False)]


def variables_for(site: Site) -> Dict[str, str]:
    """What the command gets, of what is not from the image: nothing of the machine's own."""
    ours = {name: text for name, text in site.variables.items() if name.startswith(OURS)}
    account = _name_of_account()
    wanted = {"PYTHONUNBUFFERED": "1", "HOME": HOME, "USER": account, "LOGNAME": account}
    return {**wanted, **site.spec.get("environment", {}), **ours}


def with_environment(own: str) -> str:
    """Lines for a shell, so that the command finds the attempt's own Python environment.

    `own`: its directory; empty: it has none.
    """
    if not own:
        return ""
    programs = shlex.quote(os.path.join(own, "bin"))
    return "unset PYTHONHOME\nexport VIRTUAL_ENV=%s\nexport PATH=%s:$PATH\n" % (
        shlex.quote(own),
        programs,
    )


def secret_uses(site: Site) -> List[Dict[str, Any]]:
    """What the spec says of the attempt's secrets."""
    return list(site.spec.get("secrets", ()))


def _name_of_account() -> str:
    """Programs ask for it, and in the image nobody has this account's number."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return "uid%d" % os.geteuid()
