"""All machines of a test, and the keys with which the laptop reaches them."""

from __future__ import annotations

import itertools
import subprocess
from pathlib import Path
from types import TracebackType

from tests.fleet_of_namespaces.machine import USER, Machine
from tests.fleet_of_namespaces.machine_options import MachineOptions
from tests.fleet_of_namespaces.network import cable

_indexes = itertools.count()


class Fleet:
    """Makes machines and takes them away at the end of the `with`."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.machines: list[Machine] = []
        self.key = directory / "id_ed25519"
        """The private key with which every machine can be entered."""
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "laptop", "-f", self.key],
            check=True,
            stdin=subprocess.DEVNULL,
        )

    def machine(self, name: str = "", options: MachineOptions | None = None) -> Machine:
        """Switch a new machine on; it takes connections when this returns."""
        index = next(_indexes)
        name = name or f"m{len(self.machines) + 1}"
        machine = Machine(
            name,
            index,
            cable(index),
            self._directory / f"machine-{index}",
            self.key,
            options or MachineOptions(),
        )
        self.machines.append(machine)
        machine.wait_until_listening()
        return machine

    def ssh_config(self) -> str:
        """What stands in the operator's `ssh_config`: every machine under its name."""
        hosts = [self._host(machine) for machine in self.machines]
        return "".join(hosts) + f"Host *\n  IdentityFile {self.key}\n  IdentitiesOnly yes\n"

    def known_hosts(self) -> str:
        """A line for every machine."""
        return "".join(machine.host_key_line for machine in self.machines)

    def _host(self, machine: Machine) -> str:
        behind = machine.options.behind
        jump = f"  ProxyJump {behind.name}\n" if behind else ""
        return f"Host {machine.name}\n  HostName {machine.address}\n  User {USER}\n{jump}"

    def __enter__(self) -> Fleet:
        """The fleet, without machines as yet."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Switch everything off."""
        machines, self.machines = self.machines, []
        for machine in reversed(machines):
            machine.destroy()
