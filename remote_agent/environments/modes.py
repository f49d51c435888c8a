"""The modes by their names. One is imported when a task is in it.

So the daemon, of which every runner is a copy, does without what the others are made of: they are
more than half of the agent, and Python would have to compile all of it on a machine's first day.
"""

from __future__ import annotations

from importlib import import_module
from typing import Dict, Type

from remote_agent.environments.host import HostEnvironment
from remote_agent.environments.interface import Environment

_ELSEWHERE: Dict[str, str] = {
    "venv": "VenvEnvironment",
    "conda": "CondaEnvironment",
    "docker": "DockerEnvironment",
}


def environment_of(mode: str) -> Type[Environment]:
    """The environment of the mode, which the spec's check has let pass."""
    if mode == "host":
        return HostEnvironment
    module = import_module("remote_agent.environments." + mode)
    environment: Type[Environment] = getattr(module, _ELSEWHERE[mode])
    return environment
