"""The check of a machine stops at the step that is broken, and says why."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from clearq_tui.fleet.destination import Destination
from clearq_tui.fleet.machine_check import CheckStep, check_machine
from clearq_tui.fleet.ssh_settings import Surroundings
from tests.fleet.sshd import RELAY, Sshd, free_port, make_key, public_line


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with Sshd(tmp_path_factory.mktemp("sshd"), host_key_types=("ed25519", "rsa")) as server:
        yield server


def failing(destination: Destination, surroundings: Surroundings) -> CheckStep:
    *before, last = check_machine(destination, surroundings)
    assert all(step.ok for step in before)
    assert not last.ok
    return last


def test_a_good_machine_passes_every_step(server: Sshd) -> None:
    steps = check_machine(server.destination(), server.surroundings())
    assert [step.name for step in steps] == [
        "configuration",
        "name",
        "tcp",
        "host key",
        "login",
        "command",
        "python",
    ]
    assert all(step.ok for step in steps), steps
    assert "Python 3." in steps[-1].sentence


def test_the_key_type_on_file_is_asked_for(server: Sshd) -> None:
    known = f"[127.0.0.1]:{server.port} {public_line(server.host_key('rsa'))}\n"
    steps = check_machine(server.destination(), server.surroundings(known_hosts=known))
    assert all(step.ok for step in steps), steps


def test_a_name_that_does_not_exist(server: Sshd) -> None:
    step = failing(server.destination(host="no.such.invalid"), server.surroundings())
    assert step.name == "name"


def test_a_closed_port(server: Sshd) -> None:
    destination = dataclasses.replace(server.destination(), port=free_port())
    step = failing(destination, server.surroundings())
    assert step.name == "tcp"
    assert "refused" in step.sentence


def test_an_unknown_host_key(server: Sshd) -> None:
    step = failing(server.destination(), server.surroundings(known_hosts=""))
    assert step.name == "host key"
    assert "SHA256:" in step.sentence


def test_a_key_that_is_not_let_in(server: Sshd, tmp_path: Path) -> None:
    stranger, locked = make_key(tmp_path / "stranger"), make_key(tmp_path / "l", passphrase="xxxxx")
    config = f"IdentityFile {locked}\nIdentityFile {tmp_path}/none\n"
    destination = dataclasses.replace(server.destination(), identity=str(stranger))
    step = failing(destination, server.surroundings(config=config))
    assert step.name == "login"
    assert f"offered {stranger};" in step.sentence
    assert "has a passphrase" in step.sentence
    assert "none does not exist" in step.sentence


def test_an_account_that_runs_no_command(tmp_path: Path) -> None:
    extra = ["ForceCommand echo 'go away' >&2"]
    with Sshd(tmp_path / "sshd", extra=extra) as server:
        step = failing(server.destination(), server.surroundings())
        assert step.name == "command"
        assert "go away" in step.sentence


def test_a_machine_without_python(tmp_path: Path) -> None:
    extra = ["ForceCommand sed 's,python3,pythonX,g' | sh"]
    with Sshd(tmp_path / "sshd", extra=extra) as server:
        step = failing(server.destination(), server.surroundings())
        assert step.name == "python"
        assert "No python3 was found" in step.sentence


def test_through_a_bastion_and_includes(server: Sshd, tmp_path: Path) -> None:
    with Sshd(tmp_path / "bastion") as bastion:
        bastion.authorized_keys.write_text(server.authorized_keys.read_text())
        (tmp_path / "more.conf").write_text(f"IdentityFile {server.client_key}\n")
        config = (
            f"Host inner\n HostName 127.0.0.1\n Port {server.port}\n ProxyJump outer\n"
            f"Host outer\n HostName 127.0.0.1\n Port {bastion.port}\n"
            f"Host *\n Include {tmp_path}/more.conf\n"
        )
        known = server.known_hosts() + bastion.known_hosts()
        steps = check_machine(
            Destination("inner"), server.surroundings(config=config, known_hosts=known)
        )
        assert all(step.ok for step in steps), steps
        assert "through outer" in steps[0].sentence
        step = failing(
            Destination("inner"),
            server.surroundings(config=config, known_hosts=server.known_hosts()),
        )
        assert step.name == "tcp"
        assert f"127.0.0.1:{bastion.port}" in step.sentence


def test_through_a_proxy_command(server: Sshd, tmp_path: Path) -> None:
    relay = tmp_path / "relay.py"
    relay.write_text(RELAY)
    config = f"ProxyCommand {sys.executable} '{relay}' %h %p\n"
    steps = check_machine(server.destination(), server.surroundings(config=config))
    assert all(step.ok for step in steps), steps


def test_keys_of_the_agent(server: Sshd, tmp_path: Path) -> None:
    agent = tmp_path / "agent"
    process = subprocess.Popen(["ssh-agent", "-D", "-a", str(agent)], stdout=subprocess.DEVNULL)
    try:
        while not agent.exists():
            assert process.poll() is None
        environment = {**os.environ, "SSH_AUTH_SOCK": str(agent)}
        key = str(server.client_key)
        subprocess.run(["ssh-add", "-q", key], env=environment, check=True)
        surroundings = server.surroundings(config=f"IdentityAgent {agent}\n")
        destination = dataclasses.replace(server.destination(), identity=None)
        steps = check_machine(destination, surroundings)
        assert all(step.ok for step in steps), steps
    finally:
        process.kill()
        process.wait()


def test_the_laptop_itself(server: Sshd) -> None:
    (step,) = check_machine(Destination("", transport="local"), server.surroundings())
    assert step.ok
