"""SSH connections to real machines: silent cuts in each direction, and a crowded bastion."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from clearq_tui.fleet.destination import parse_destination
from clearq_tui.fleet.ssh_config import ConfigFile
from clearq_tui.fleet.ssh_settings import Surroundings
from clearq_tui.fleet.transports.base import Transport
from clearq_tui.fleet.transports.bastions import Bastions
from clearq_tui.fleet.transports.connect import connect
from tests.fleet_of_namespaces.fleet import Fleet
from tests.fleet_of_namespaces.machine import Machine
from tests.fleet_of_namespaces.machine_options import MachineOptions

CROWD = 20


def surroundings(fleet: Fleet, directory: Path) -> Surroundings:
    """The operator's side: an `ssh_config` with every machine, and all host keys known."""
    config = directory / "ssh_config"
    config.write_text(fleet.ssh_config())
    known_hosts = directory / "known_hosts"
    known_hosts.write_text(fleet.known_hosts())
    return Surroundings(
        accepted_hosts=directory / "accepted",
        config_files=[ConfigFile(config, directory)],
        home=directory,
        environment={"PATH": "/usr/bin:/bin"},
        known_hosts=[known_hosts],
    )


async def test_silent_cut_is_noticed_whichever_way_it_is(fleet: Fleet, tmp_path: Path) -> None:
    machines = {way: fleet.machine(way) for way in ("both", "to", "from")}
    around = surroundings(fleet, tmp_path)

    async def seconds_until_noticed(way: str, machine: Machine) -> float:
        transport = await connect(parse_destination(machine.name), around)
        machine.cut(way)  # type: ignore[arg-type]
        began = time.monotonic()
        async with asyncio.timeout(40):
            await transport.closed.wait()
        assert f"ada@{way} was lost" in transport.closed_because
        await transport.close()
        return time.monotonic() - began

    took = await asyncio.gather(*(seconds_until_noticed(*item) for item in machines.items()))
    assert max(took) < 25, took


async def test_bastion_with_stock_limits_carries_a_crowd(fleet: Fleet, tmp_path: Path) -> None:
    bastion = fleet.machine("bastion")
    crowd = [
        fleet.machine(f"inner{number}", MachineOptions(behind=bastion)) for number in range(CROWD)
    ]
    around = surroundings(fleet, tmp_path)
    bastions: Bastions[Transport] = Bastions()

    async def say_name(machine: Machine) -> str:
        transport = await connect(parse_destination(machine.name), around, bastions)  # type: ignore[arg-type]
        stream = await transport.execute("hostname")
        try:
            return (await stream.read(1000)).decode().strip()
        finally:
            await transport.close()

    names = await asyncio.gather(*map(say_name, crowd))
    assert names == [machine.name for machine in crowd]
    assert bastion.sshd_log().count("Accepted publickey") == 1
    assert "MaxStartups" not in bastion.sshd_log()
