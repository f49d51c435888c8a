"""The modes in which a task's environment is set up: the same steps, one file per mode."""

from __future__ import annotations

from typing import Dict, Type

from remote_agent.environments.docker import DockerEnvironment
from remote_agent.environments.host import HostEnvironment
from remote_agent.environments.interface import Environment
from remote_agent.environments.venv import VenvEnvironment

ENVIRONMENTS: Dict[str, Type[Environment]] = {
    "host": HostEnvironment,
    "venv": VenvEnvironment,
    "docker": DockerEnvironment,
}
