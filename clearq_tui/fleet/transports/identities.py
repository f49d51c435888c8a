"""Which keys are offered to a host, in the order of OpenSSH, and why others are not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import asyncssh

from clearq_tui.fleet.ssh_settings import SshSettings


@dataclass(frozen=True)
class Identity:
    """A key that can sign, and its name for the operator."""

    pair: asyncssh.SSHKeyPair
    name: str


@dataclass
class Identities:
    """All keys for one login. `close` it after the login."""

    keys: list[Identity] = field(default_factory=list)
    unusable: list[str] = field(default_factory=list)
    """Clauses that say which key could not be used, and why."""
    agent: asyncssh.SSHAgentClient | None = None

    async def close(self) -> None:
        """Let go of the agent."""
        if self.agent is not None:
            self.agent.close()
            await self.agent.wait_closed()


async def gather_identities(settings: SshSettings) -> Identities:
    """Keys of the agent that a file names, the agent's others, then keys from files."""
    identities = Identities()
    certificates = _certificates(settings.certificate_files, identities)
    in_agent = await _agent_keys(settings, identities)
    named = [blob for path in settings.identity_files if (blob := _public_blob(path))]
    first = [key for blob in named for key in in_agent if key.pair.key_public_data == blob]
    rest = [key for key in in_agent if key.pair.key_public_data not in named]
    identities.keys += first if settings.identities_only else first + rest
    available = {key.pair.key_public_data for key in identities.keys}
    for path in settings.identity_files:
        if _public_blob(path) not in available or certificates:
            _add_file(path, settings, certificates, identities)
    return identities


async def _agent_keys(settings: SshSettings, identities: Identities) -> list[Identity]:
    if settings.identity_agent is None:
        return []
    try:
        identities.agent = await asyncssh.connect_agent(settings.identity_agent)
        pairs = await identities.agent.get_keys()
    except (OSError, ValueError) as error:
        identities.unusable.append(
            f"ssh-agent at {settings.identity_agent} did not answer: {error}"
        )
        return []
    return [
        Identity(
            pair, f"{(pair.get_comment_bytes() or b'a key').decode(errors='replace')} (ssh-agent)"
        )
        for pair in pairs
    ]


def _add_file(
    path: Path,
    settings: SshSettings,
    certificates: Sequence[asyncssh.SSHCertificate],
    identities: Identities,
) -> None:
    if not path.exists():
        if settings.identities_given:
            identities.unusable.append(f"{path} does not exist")
        return
    try:
        pairs = asyncssh.load_keypairs(str(path), certlist=list(certificates))
    except (OSError, asyncssh.KeyImportError) as error:
        reason = str(error)
        if reason.startswith("Passphrase"):
            reason = "has a passphrase; add it to ssh-agent with ssh-add"
        identities.unusable.append(f"{path}: {reason}")
        return
    identities.keys += [Identity(pair, str(path)) for pair in pairs]


def _certificates(paths: Sequence[Path], identities: Identities) -> list[asyncssh.SSHCertificate]:
    found: list[asyncssh.SSHCertificate] = []
    for path in paths:
        try:
            found.append(asyncssh.read_certificate(str(path)))
        except (OSError, asyncssh.KeyImportError) as error:
            identities.unusable.append(f"certificate {path}: {error}")
    return found


def _public_blob(path: Path) -> bytes | None:
    """The public half of a key file, from `file.pub` or from a file that is itself public."""
    for candidate in (path.with_name(path.name + ".pub"), path):
        try:
            return asyncssh.read_public_key(str(candidate)).public_data
        except (OSError, asyncssh.KeyImportError):
            continue
    return None
