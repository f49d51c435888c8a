"""The modes by their names."""

from __future__ import annotations

from typing import Dict, Type

from remote_agent.environments.conda import CondaEnvironment
from remote_agent.environments.docker import DockerEnvironment
from remote_agent.environments.host import HostEnvironment
from remote_agent.environments.interface import Environment
from remote_agent.environments.venv import VenvEnvironment

ENVIRONMENTS: Dict[str, Type[Environment]] = {
    "host": HostEnvironment,
    "venv": VenvEnvironment,
    "conda": CondaEnvironment,
    "docker": DockerEnvironment,
}
