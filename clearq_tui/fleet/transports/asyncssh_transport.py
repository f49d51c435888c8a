"""The data plane: one asyncssh connection for each machine, through shared bastions."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import Final

import asyncssh
from asyncssh.encryption import get_default_encryption_algs, get_encryption_algs
from asyncssh.kex import get_default_kex_algs, get_kex_algs
from asyncssh.mac import get_default_mac_algs, get_mac_algs
from asyncssh.public_key import (
    get_default_certificate_algs,
    get_default_public_key_algs,
    get_public_key_algs,
)

from clearq_tui.fleet.destination import Destination
from clearq_tui.fleet.failures import BadConfiguration, ConnectFailed
from clearq_tui.fleet.host_keys import KnownKey, Marker, key_type
from clearq_tui.fleet.ssh_settings import SshSettings, Surroundings
from clearq_tui.fleet.transports.algorithms import choose_algorithms
from clearq_tui.fleet.transports.asyncssh_client import Client
from clearq_tui.fleet.transports.asyncssh_streams import CommandChannel, SocketChannel
from clearq_tui.fleet.transports.base import CHANNEL_WINDOW, StreamRefused
from clearq_tui.fleet.transports.bastions import Bastions, Lease
from clearq_tui.fleet.transports.explanations import explain
from clearq_tui.fleet.transports.identities import Identities, gather_identities
from clearq_tui.fleet.transports.proxy_command import ProxyProcess, start_proxy
from clearq_tui.fleet.transports.quick_ack import QuickAck
from clearq_tui.fleet.transports.way import Way, find_way

KEEPALIVE_INTERVAL: Final = 5
KEEPALIVE_COUNT: Final = 3
_OPEN_TIMEOUT: Final = 10.0
"""Seconds to open a channel on a connection that stands."""
_CLOSE_TIMEOUT: Final = 2.0


class AsyncsshTransport:
    """See `Transport`."""

    def __init__(
        self,
        connection: asyncssh.SSHClientConnection,
        client: Client,
        proxy: ProxyProcess | None,
        lease: Lease[AsyncsshTransport] | None,
    ) -> None:
        self.connection = connection
        self._client = client
        self._proxy = proxy
        self._lease = lease
        self._quick_ack = QuickAck(connection)

    @property
    def closed(self) -> asyncio.Event:
        """See `Transport.closed`."""
        return self._client.closed

    @property
    def closed_because(self) -> str:
        """See `Transport.closed_because`."""
        return self._client.closed_because

    async def open_socket(self, path: str) -> SocketChannel:
        """See `Transport.open_socket`: direct-streamlocal, no process and no shell on the way."""
        try:
            async with asyncio.timeout(_OPEN_TIMEOUT):
                _, stream = await self._quick_ack.during(
                    self.connection.create_unix_connection(
                        lambda: SocketChannel(self._quick_ack), path, window=CHANNEL_WINDOW
                    )
                )
        except (asyncssh.Error, OSError, TimeoutError) as error:
            raise StreamRefused(f"The machine did not connect us to {path}: {error}.") from error
        assert isinstance(stream, SocketChannel)
        return stream

    async def execute(self, command: str) -> CommandChannel:
        """See `Transport.execute`."""
        try:
            async with asyncio.timeout(_OPEN_TIMEOUT):
                _, stream = await self._quick_ack.during(
                    self.connection.create_session(
                        lambda: CommandChannel(self._quick_ack),
                        command,
                        encoding=None,
                        request_pty=False,
                        window=CHANNEL_WINDOW,
                    )
                )
        except (asyncssh.Error, OSError, TimeoutError) as error:
            raise StreamRefused(f"The machine did not start a command: {error}.") from error
        assert isinstance(stream, CommandChannel)
        return stream

    async def close(self) -> None:
        """See `Transport.close`."""
        try:
            self.connection.close()
            try:
                await asyncio.wait_for(self.connection.wait_closed(), _CLOSE_TIMEOUT)
            except TimeoutError:
                self.connection.abort()
                await self.connection.wait_closed()
        finally:
            if self._proxy is not None:
                await self._proxy.close()
            if self._lease is not None:
                await self._lease.release()


AsyncsshBastions = Bastions[AsyncsshTransport]


async def connect_asyncssh(
    destination: Destination, surroundings: Surroundings, bastions: AsyncsshBastions
) -> AsyncsshTransport:
    """Connect and log in, through bastions where the way leads there.

    Raises:
        ConnectFailed: one of its kinds; `hop` names the host at which it failed.
    """
    way = await asyncio.to_thread(find_way, destination, surroundings)
    return await _dial(way, surroundings, bastions)


async def _dial(
    way: Way, surroundings: Surroundings, bastions: AsyncsshBastions
) -> AsyncsshTransport:
    """Connect to one host; the bastion before it first, shared with whoever needs it too."""
    before = way.before
    if before is None:
        return await _log_in(way, None, surroundings)
    key = (
        *(host.hop for host in before.hosts()),
        surroundings.config_option,
        surroundings.accepted_hosts,
    )
    lease = await bastions.borrow(key, lambda: _dial(before, surroundings, bastions))
    try:
        async with lease.handshakes:
            return await _log_in(way, lease, surroundings)
    except BaseException:
        await lease.release()
        raise


async def _log_in(
    way: Way, lease: Lease[AsyncsshTransport] | None, surroundings: Surroundings
) -> AsyncsshTransport:
    known = await asyncio.to_thread(way.known_keys, surroundings)
    identities = await gather_identities(way.settings)
    login = _Login(way.settings, known, identities)
    try:
        async with asyncio.timeout(way.settings.timeout):
            return await login.run(lease, surroundings)
    except ConnectFailed:
        raise
    except (asyncssh.Error, OSError, TimeoutError) as error:
        raise login.explain(error) from error
    finally:
        await login.clean_up()
        await identities.close()


class _Login:
    """One attempt at one host."""

    def __init__(
        self, settings: SshSettings, known: list[KnownKey], identities: Identities
    ) -> None:
        self._settings = settings
        self._known = known
        self._identities = identities
        self._client: Client | None = None
        self._proxy: ProxyProcess | None = None
        self._proxy_socket: socket.socket | None = None

    def _make_client(self) -> Client:
        self._client = Client(self._settings, self._known, self._identities, str(self._settings))
        return self._client

    async def run(
        self, lease: Lease[AsyncsshTransport] | None, surroundings: Surroundings
    ) -> AsyncsshTransport:
        """Connect; whatever asyncssh raises is for `explain`."""
        settings = self._settings
        if lease is None and settings.proxy_command is not None:
            self._proxy_socket, self._proxy = await start_proxy(
                settings.proxy_command, surroundings.environment
            )
        connection = await asyncssh.connect(
            settings.hostname,
            settings.port,
            options=_options(settings, self._known, self._make_client),
            config=None,
            family=settings.family,
            local_addr=(settings.bind_address, 0) if settings.bind_address else (),
            tunnel=lease.connection.connection if lease is not None else (),
            sock=self._proxy_socket,
        )
        assert self._client is not None
        transport = AsyncsshTransport(connection, self._client, self._proxy, lease)
        self._proxy = None
        return transport

    def explain(self, error: Exception) -> ConnectFailed:
        """Why `run` failed."""
        words = self._proxy.last_words if self._proxy else ""
        return explain(
            error, self._settings, self._client, self._identities, str(self._settings), words
        )

    async def clean_up(self) -> None:
        """End a ProxyCommand that no connection took over."""
        if self._proxy is not None:
            if self._proxy_socket is not None:
                self._proxy_socket.close()
            await self._proxy.close()


def _options(
    settings: SshSettings, known: list[KnownKey], make_client: object
) -> asyncssh.SSHClientConnectionOptions:
    authorities = _import_keys(known, Marker.AUTHORITY)
    revoked = _import_keys(known, Marker.REVOKED)
    try:
        return asyncssh.SSHClientConnectionOptions(
            config=None,
            username=settings.user,
            client_factory=make_client,
            client_keys=None,
            # No key is trusted by asyncssh itself: `Client` judges each, by OpenSSH's rules.
            known_hosts=lambda _host, _addr, _port: ([], authorities, revoked),
            host_key_alias=settings.host_key_alias,
            server_host_key_algs=_host_key_algorithms(settings, known),
            kex_algs=_algorithms(settings, "kexalgorithms", get_kex_algs(), get_default_kex_algs()),
            encryption_algs=_algorithms(
                settings, "ciphers", get_encryption_algs(), get_default_encryption_algs()
            ),
            mac_algs=_algorithms(settings, "macs", get_mac_algs(), get_default_mac_algs()),
            compression_algs="zlib@openssh.com,none" if settings.compression else "none",
            gss_host=() if settings.gssapi else None,
            x509_trusted_certs=None,
            keepalive_interval=KEEPALIVE_INTERVAL,
            keepalive_count_max=KEEPALIVE_COUNT,
            login_timeout=0,
            agent_forwarding=False,
        )
    except ValueError as error:
        raise BadConfiguration(
            f"The SSH configuration for {settings.alias}: {error}.", str(settings)
        ) from error


def _import_keys(known: list[KnownKey], marker: Marker) -> list[asyncssh.SSHKey]:
    keys = []
    for key in known:
        # Types that asyncssh does not know cannot be shown to it by a server either.
        if key.marker is marker:
            with contextlib.suppress(asyncssh.KeyImportError):
                keys.append(asyncssh.import_public_key(_openssh_line(key.blob)))
    return keys


def _openssh_line(blob: bytes) -> str:
    import base64

    return f"{key_type(blob)} {base64.b64encode(blob).decode('ascii')}"


def _algorithms(
    settings: SshSettings, name: str, supported: list[bytes], default: list[bytes]
) -> list[str]:
    return choose_algorithms(
        settings.algorithms.get(name),
        [algorithm.decode("ascii") for algorithm in supported],
        [algorithm.decode("ascii") for algorithm in default],
    )


def _host_key_algorithms(settings: SshSettings, known: list[KnownKey]) -> list[str]:
    """Types that are on file first, so that the server shows a key that we can compare."""
    plain = _algorithms(
        settings, "hostkeyalgorithms", get_public_key_algs(), get_default_public_key_algs()
    )
    types = {key_type(key.blob) for key in known if key.marker is Marker.PLAIN}
    on_file = [name for name in plain if _key_type_of(name) in types]
    ordered = list(dict.fromkeys([*on_file, *plain]))
    if any(key.marker is Marker.AUTHORITY for key in known):
        return [name.decode("ascii") for name in get_default_certificate_algs()] + ordered
    return ordered


def _key_type_of(algorithm: str) -> str:
    return "ssh-rsa" if algorithm.startswith("rsa-sha2-") else algorithm
