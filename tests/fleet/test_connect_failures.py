"""Each way in which a connection can fail is told apart, by both SSH transports."""

from __future__ import annotations

import asyncio
import dataclasses
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from clearq_tui.fleet.destination import Destination, Hop
from clearq_tui.fleet.failures import (
    AuthenticationFailed,
    BadConfiguration,
    ChangedHostKey,
    ConnectFailed,
    HostKeyFailed,
    NoCommonAlgorithm,
    RevokedHostKey,
    UnknownHostKey,
    Unreachable,
)
from clearq_tui.fleet.host_keys import accept
from clearq_tui.fleet.ssh_settings import Surroundings
from clearq_tui.fleet.transports.connect import connect
from tests.fleet.sshd import RELAY, Sshd, free_port, make_key, public_line


@pytest.fixture(params=["asyncssh", "openssh"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with Sshd(tmp_path_factory.mktemp("sshd")) as server:
        yield server


async def succeed(destination: Destination, kind: str, surroundings: Surroundings) -> None:
    transport = await connect(dataclasses.replace(destination, transport=kind), surroundings)
    stream = await transport.execute("echo in")
    assert await stream.read(10) == b"in\n"
    await stream.close()
    await transport.close()


async def fail(destination: Destination, kind: str, surroundings: Surroundings) -> ConnectFailed:
    with pytest.raises(ConnectFailed) as caught:
        await connect(dataclasses.replace(destination, transport=kind), surroundings)
    assert str(caught.value).endswith((".", "'"))
    return caught.value


async def test_an_unknown_host_key_can_be_accepted(server: Sshd, kind: str, tmp_path: Path) -> None:
    surroundings = dataclasses.replace(
        server.surroundings(known_hosts=""), accepted_hosts=tmp_path / "a b%h" / "known_hosts"
    )
    failure = await fail(server.destination(), kind, surroundings)
    assert isinstance(failure, UnknownHostKey)
    key = failure.key
    assert key.public_key == public_line(server.host_key())
    assert (key.host, key.port) == ("127.0.0.1", server.port)
    assert not surroundings.accepted_hosts.exists()
    accept(key.host, key.port, key.public_key, surroundings.accepted_hosts)
    await succeed(server.destination(), kind, surroundings)


async def test_a_changed_host_key(server: Sshd, kind: str, tmp_path: Path) -> None:
    other = public_line(make_key(tmp_path / "other"))
    surroundings = server.surroundings(known_hosts=f"\n[127.0.0.1]:{server.port} {other}\n")
    failure = await fail(server.destination(), kind, surroundings)
    assert isinstance(failure, ChangedHostKey)
    assert failure.line == 2
    assert "known_hosts line 2" in str(failure)


async def test_strict_host_key_checking_no_changes_nothing(server: Sshd, kind: str) -> None:
    surroundings = server.surroundings(
        config="Host *\n StrictHostKeyChecking no\n UserKnownHostsFile /dev/null\n", known_hosts=""
    )
    assert isinstance(await fail(server.destination(), kind, surroundings), UnknownHostKey)


async def test_a_revoked_host_key(server: Sshd, kind: str) -> None:
    known = server.known_hosts() + f"@revoked * {public_line(server.host_key())}\n"
    failure = await fail(server.destination(), kind, server.surroundings(known_hosts=known))
    assert isinstance(failure, RevokedHostKey)
    assert "line 2" in str(failure)


async def test_a_host_key_alias_stands_for_any_port(server: Sshd, kind: str) -> None:
    known = f"MyAlias {public_line(server.host_key())}\n".lower().split()[0]
    surroundings = server.surroundings(
        config="Host *\n HostKeyAlias MyAlias\n",
        known_hosts=f"{known} {public_line(server.host_key())}\n",
    )
    await succeed(server.destination(), kind, surroundings)


async def test_the_type_on_file_is_asked_for(kind: str, tmp_path: Path) -> None:
    with Sshd(tmp_path / "sshd", host_key_types=("ed25519", "ecdsa", "rsa")) as server:
        for kind_on_file in ("rsa", "ecdsa"):
            known = f"[127.0.0.1]:{server.port} {public_line(server.host_key(kind_on_file))}\n"
            await succeed(server.destination(), kind, server.surroundings(known_hosts=known))


def certify(public: Path, authority: Path, principal: str) -> None:
    sign = ["ssh-keygen", "-q", "-s", str(authority), "-I", "x", "-h", "-n", principal]
    subprocess.run([*sign, str(public)], check=True)


async def test_a_host_certificate(kind: str, tmp_path: Path) -> None:
    authority = make_key(tmp_path / "ca")
    directory = tmp_path / "sshd"
    server = Sshd(directory, extra=[f"HostCertificate {directory}/host_ed25519-cert.pub"])
    public = server.host_key().with_name("host_ed25519.pub")
    certify(public, authority, "127.0.0.1")
    trusted = f"@cert-authority [127.0.0.1]:{server.port} {public_line(authority)}\n"
    with server:
        await succeed(server.destination(), kind, server.surroundings(known_hosts=trusted))
        other = public_line(make_key(tmp_path / "other_ca"))
        wrong = f"@cert-authority * {other}\n"
        failure = await fail(server.destination(), kind, server.surroundings(known_hosts=wrong))
        assert isinstance(failure, HostKeyFailed)
        revoked = trusted + f"@revoked * {public_line(authority)}\n"
        failure = await fail(server.destination(), kind, server.surroundings(known_hosts=revoked))
        assert isinstance(failure, HostKeyFailed)
    certify(public, authority, "another.host")
    with server:
        failure = await fail(server.destination(), kind, server.surroundings(known_hosts=trusted))
        assert isinstance(failure, HostKeyFailed)


async def test_permission_denied_says_what_was_tried(
    server: Sshd, kind: str, tmp_path: Path
) -> None:
    stranger = make_key(tmp_path / "stranger")
    destination = dataclasses.replace(server.destination(), identity=str(stranger))
    failure = await fail(destination, kind, server.surroundings())
    assert isinstance(failure, AuthenticationFailed)
    assert "Permission denied" in str(failure)
    if kind == "asyncssh":
        assert str(failure) == (
            f"Permission denied for {server.user}@127.0.0.1: the server accepts publickey; "
            f"offered {stranger}."
        )


async def test_a_key_with_a_passphrase_is_pointed_out(server: Sshd, tmp_path: Path) -> None:
    locked = make_key(tmp_path / "locked", passphrase="secret")
    destination = dataclasses.replace(server.destination(), identity=str(locked))
    failure = await fail(destination, "asyncssh", server.surroundings())
    assert isinstance(failure, AuthenticationFailed)
    assert f"{locked}: has a passphrase; add it to ssh-agent" in str(failure)


async def test_a_missing_identity_is_pointed_out(server: Sshd, tmp_path: Path) -> None:
    destination = dataclasses.replace(server.destination(), identity=str(tmp_path / "none"))
    failure = await fail(destination, "asyncssh", server.surroundings())
    assert f"{tmp_path / 'none'} does not exist" in str(failure)


async def test_a_closed_port(server: Sshd, kind: str) -> None:
    destination = dataclasses.replace(server.destination(), port=free_port())
    failure = await fail(destination, kind, server.surroundings())
    assert isinstance(failure, Unreachable)
    assert "refused" in str(failure)


async def test_a_name_that_does_not_exist(server: Sshd, kind: str) -> None:
    failure = await fail(server.destination(host="no.such.invalid"), kind, server.surroundings())
    assert isinstance(failure, Unreachable)
    assert "no.such.invalid" in str(failure)


async def test_a_host_that_says_nothing(server: Sshd, kind: str) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        destination = dataclasses.replace(server.destination(), port=silent.getsockname()[1])
        surroundings = dataclasses.replace(server.surroundings(), connect_timeout=1)
        failure = await asyncio.wait_for(fail(destination, kind, surroundings), 20)
        assert isinstance(failure, Unreachable)


async def test_a_host_that_is_no_ssh_server(server: Sshd, kind: str) -> None:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n\x1b[31m" + b"x" * 100)
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1") as web:
        destination = dataclasses.replace(
            server.destination(), port=web.sockets[0].getsockname()[1]
        )
        failure = await fail(destination, kind, server.surroundings())
    assert isinstance(failure, Unreachable)
    assert str(failure).isprintable()


async def test_no_common_cipher(kind: str, tmp_path: Path) -> None:
    with Sshd(tmp_path / "sshd", extra=["Ciphers aes256-ctr"]) as server:
        surroundings = server.surroundings(config="Ciphers aes128-ctr\n")
        assert isinstance(await fail(server.destination(), kind, surroundings), NoCommonAlgorithm)
        await succeed(
            server.destination(),
            kind,
            server.surroundings(config="Ciphers aes*-ctr\n")
            if kind == "asyncssh"
            else server.surroundings(),
        )


async def test_a_bad_configuration(server: Sshd, kind: str) -> None:
    failure = await fail(server.destination(), kind, server.surroundings(config='User "x\n'))
    assert isinstance(failure, BadConfiguration)
    assert "ssh_config line 1" in str(failure)


async def test_a_proxy_command_carries_the_connection(
    server: Sshd, kind: str, tmp_path: Path
) -> None:
    relay = tmp_path / "relay.py"
    relay.write_text(RELAY)
    command = f"{sys.executable} '{relay}' %h %p"
    await succeed(
        server.destination(), kind, server.surroundings(config=f"ProxyCommand {command}\n")
    )


async def test_a_proxy_command_that_fails_is_quoted(server: Sshd, kind: str) -> None:
    surroundings = server.surroundings(config="ProxyCommand sh -c 'echo no way >&2; exit 3'\n")
    failure = await fail(server.destination(), kind, surroundings)
    assert isinstance(failure, Unreachable)
    assert "no way" in str(failure)


@pytest.fixture
def bastion(tmp_path: Path) -> Iterator[Sshd]:
    with Sshd(tmp_path / "bastion") as bastion:
        yield bastion


def behind(bastion: Sshd, server: Sshd, known: str) -> tuple[Destination, Surroundings]:
    """A way through a bastion, both with the server's client key."""
    bastion.authorized_keys.write_text(server.authorized_keys.read_text())
    config = (
        f"Host inner\n HostName 127.0.0.1\n Port {server.port}\n ProxyJump outer\n"
        f"Host outer\n HostName 127.0.0.1\n Port {bastion.port}\n"
        f"Host *\n IdentityFile {server.client_key}\n"
    )
    return Destination("inner"), server.surroundings(config=config, known_hosts=known)


async def test_a_machine_behind_a_bastion(server: Sshd, bastion: Sshd, kind: str) -> None:
    known = server.known_hosts() + bastion.known_hosts()
    destination, surroundings = behind(bastion, server, known)
    await succeed(destination, kind, surroundings)
    # The OpenSSH transport logs in to try, and then for each command.
    logins = {"asyncssh": 1, "openssh": 2}[kind]
    assert bastion.logged("Accepted publickey") == logins
    explicit = dataclasses.replace(destination, jump=(Hop("127.0.0.1", None, bastion.port),))
    await succeed(explicit, kind, surroundings)
    straight = dataclasses.replace(destination, jump=())
    await succeed(straight, kind, surroundings)
    assert bastion.logged("Accepted publickey") == 2 * logins


async def test_both_host_keys_are_checked_on_the_way(
    server: Sshd, bastion: Sshd, kind: str
) -> None:
    destination, surroundings = behind(bastion, server, "")
    for hop, port in (("outer", bastion.port), ("inner", server.port)):
        failure = await fail(destination, kind, surroundings)
        assert isinstance(failure, UnknownHostKey)
        assert failure.hop == f"{server.user}@{hop}"
        assert failure.key.port == port
        accept(failure.key.host, port, failure.key.public_key, surroundings.accepted_hosts)
    await succeed(destination, kind, surroundings)
    surroundings.accepted_hosts.unlink()


async def test_a_bastion_that_does_not_reach_the_machine(
    server: Sshd, bastion: Sshd, kind: str
) -> None:
    known = server.known_hosts() + bastion.known_hosts()
    destination, surroundings = behind(bastion, server, known)
    failure = await fail(dataclasses.replace(destination, port=free_port()), kind, surroundings)
    assert isinstance(failure, Unreachable)


async def test_a_circle_of_jumps(server: Sshd, kind: str) -> None:
    surroundings = server.surroundings(config="Host a\n ProxyJump b\nHost b\n ProxyJump a\n")
    failure = await fail(Destination("a"), kind, surroundings)
    assert isinstance(failure, BadConfiguration)
    assert "leads back to itself" in str(failure)
