"""Which versions of Python a task accepts, by the rules of the machine that will choose."""

from __future__ import annotations

from clearq_tui.provisioning.failure import ProvisionError
from remote_agent.python_environments.find_python import may_fit
from remote_agent.python_environments.versions import parsed


def fits(version: str, wanted: str) -> bool:
    """Whether a version is what is wanted; `3.11` can be any 3.11.x: it fits if one of them does.

    `wanted` is the beginning of a version, or specifiers such as `>=3.10,<3.13`; empty: any that
    clearq works with.

    Raises:
        ProvisionError: `wanted` is neither.
    """
    try:
        return may_fit(wanted, parsed(version))
    except ValueError as error:
        raise ProvisionError(f"{error}.") from error
