"""Whether a host's key is known, changed, revoked or unknown, and how a key is accepted.

Reads OpenSSH's known_hosts files: hashed names, patterns, `[host]:port`, `@cert-authority`,
`@revoked`. Writes to clearq's own file alone, and only when the operator said so.
"""

from __future__ import annotations

import base64
import binascii
import fcntl
import hashlib
import hmac
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from clearq_tui.fleet.failures import (
    BadConfiguration,
    ChangedHostKey,
    OfferedHostKey,
    RevokedHostKey,
    UnknownHostKey,
)
from clearq_tui.model import Refused
from clearq_tui.ssh_config_syntax import matches_pattern_list

DEFAULT_PORT: Final = 22
_REVOCATION_LIST: Final = b"SSHKRL\n\x00"


class Marker(StrEnum):
    """What a line of known_hosts says about its key."""

    PLAIN = ""
    AUTHORITY = "@cert-authority"
    REVOKED = "@revoked"


@dataclass(frozen=True)
class KnownKey:
    """One line of known_hosts that speaks about the host in question."""

    marker: Marker
    blob: bytes
    """The public key in the wire's format."""
    file: Path
    line: int
    without_port: bool = False
    """The line names the host without its unusual port: it may confirm but never contradict."""


def entry_name(host: str, port: int) -> str:
    """How known_hosts names a host."""
    return host.lower() if port == DEFAULT_PORT else f"[{host.lower()}]:{port}"


def find_keys(
    files: Iterable[Path], host: str, port: int, *, revoked: Path | None = None
) -> list[KnownKey]:
    """All lines about a host in the files, in their order; a file that is missing is empty.

    Raises:
        BadConfiguration: a file exists but cannot be read.
    """
    found = []
    name, bare = entry_name(host, port), host.lower()
    for file in files:
        for number, line in enumerate(_lines(file), 1):
            marker, names, blob = _parse_line(line)
            if blob is None:
                continue
            if _names_match(names, name):
                found.append(KnownKey(marker, blob, file, number))
            elif name != bare and _names_match(names, bare):
                found.append(KnownKey(marker, blob, file, number, without_port=True))
    if revoked is not None:
        found.extend(_revoked_keys(revoked))
    return found


def judge(known: Sequence[KnownKey], offered: OfferedHostKey, *, hop: str = "") -> None:
    """Return when the key is the host's own by what is known.

    Raises:
        RevokedHostKey: it is marked as revoked.
        ChangedHostKey: another key of this type is on file for this host.
        UnknownHostKey: no key of this type is.
    """
    blob = decode_public_key(offered.public_key)
    refuse_revoked(known, blob, offered, hop=hop)
    plain = [key for key in known if key.marker is Marker.PLAIN]
    if any(key.blob == blob for key in plain):
        return
    for key in plain:
        if not key.without_port and key_type(key.blob) == offered.key_type:
            raise _changed(key, offered, hop)
    raise UnknownHostKey(offered, hop)


def refuse_revoked(
    known: Sequence[KnownKey], blob: bytes, offered: OfferedHostKey, *, hop: str = ""
) -> None:
    """Check a key, or the authority that signed it, against what is revoked.

    Raises:
        RevokedHostKey: it is.
    """
    for key in known:
        if key.marker is Marker.REVOKED and hmac.compare_digest(key.blob, blob):
            raise RevokedHostKey(
                f"{entry_name(offered.host, offered.port)} showed a host key that "
                f"{key.file} line {key.line} revokes ({fingerprint(blob)}); nothing was sent.",
                hop,
            )


def _changed(key: KnownKey, offered: OfferedHostKey, hop: str) -> ChangedHostKey:
    name = entry_name(offered.host, offered.port)
    return ChangedHostKey(
        f"The host key of {name} has changed: it showed {offered.key_type} {offered.fingerprint}, "
        f"but {key.file} line {key.line} holds {fingerprint(key.blob)}. Either the machine was "
        "reinstalled, or somebody stands in between. If you expected this, remove the old key "
        f"with: ssh-keygen -f '{key.file}' -R '{name}'",
        offered,
        file=str(key.file),
        line=key.line,
        hop=hop,
    )


def offered_key(host: str, port: int, blob: bytes) -> OfferedHostKey:
    """Describe a key that a server showed, in the wire's format.

    Raises:
        ValueError: the bytes are not a public key.
    """
    kind = key_type(blob)
    return OfferedHostKey(
        host=host,
        port=port,
        key_type=kind,
        fingerprint=fingerprint(blob),
        public_key=f"{kind} {base64.b64encode(blob).decode('ascii')}",
    )


def fingerprint(blob: bytes) -> str:
    """`SHA256:…` as `ssh-keygen -l` shows it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def key_type(blob: bytes) -> str:
    """The type that a public key in the wire's format begins with.

    Raises:
        ValueError: the bytes are not a public key.
    """
    length = int.from_bytes(blob[:4], "big")
    name = blob[4 : 4 + length]
    if not 1 <= length <= 64 or len(name) < length or not name.isascii():
        raise ValueError("these bytes are not a public key")
    text = name.decode("ascii")
    if not all(character.isalnum() or character in "-@." for character in text):
        raise ValueError("these bytes are not a public key")
    return text


def decode_public_key(line: str) -> bytes:
    """The wire's format of `ssh-ed25519 AAAA… comment`.

    Raises:
        ValueError: it is not a public key, or says another type than it is.
    """
    kind, _, rest = line.strip().partition(" ")
    try:
        blob = base64.b64decode(rest.split()[0], validate=True)
    except (IndexError, binascii.Error) as error:
        raise ValueError(f"{line[:80]!r} is not a public key") from error
    if key_type(blob) != kind:
        raise ValueError(f"{line[:80]!r} is not a public key of type {kind}")
    return blob


def accept(host: str, port: int, public_key: str, known_hosts: Path) -> None:
    """Add a key to clearq's own known_hosts: atomically, private, once.

    Raises:
        Refused: name or key is malformed, or the file holds another key of this type for the host.
        OSError: the file cannot be written.
    """
    name = entry_name(host, port)
    try:
        blob = decode_public_key(public_key)
    except ValueError as error:
        raise Refused(f"The host key of {host} was not accepted: {error}.") from error
    if not host or any(not c.isprintable() or c.isspace() or c in ",*?!|@#" for c in host):
        raise Refused(f"{host!r} cannot stand in known_hosts as the name of a host.")
    known_hosts.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _locked(known_hosts.parent):
        for key in find_keys([known_hosts], host, port):
            if key.marker is Marker.PLAIN and not key.without_port:
                if key.blob == blob:
                    return
                if key_type(key.blob) == key_type(blob):
                    raise Refused(
                        f"{known_hosts} line {key.line} holds another key for {name}. Remove it "
                        f"first: ssh-keygen -f '{known_hosts}' -R '{name}'"
                    )
        encoded = base64.b64encode(blob).decode("ascii")
        _append(known_hosts, f"{name} {key_type(blob)} {encoded}\n")


class _locked:  # noqa: N801
    """Holds a directory's lock, so that of two who add a key neither loses the other's."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def __enter__(self) -> None:
        self._descriptor = os.open(self._directory, os.O_RDONLY | os.O_DIRECTORY)
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)


def _append(path: Path, line: str) -> None:
    """Write the longer file beside the old one, then put it in its place."""
    old = path.read_bytes() if path.exists() else b""
    if old and not old.endswith(b"\n"):
        old += b"\n"
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".known_hosts-")  # 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(old + line.encode())
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _lines(file: Path) -> Iterator[str]:
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise BadConfiguration(f"{file} cannot be read: {error.strerror}.") from error
    yield from text.split("\n")


def _parse_line(line: str) -> tuple[Marker, str, bytes | None]:
    """Marker, names and key of a line; no key where it says nothing that we understand."""
    fields = line.split()
    marker = Marker.PLAIN
    if fields and fields[0].startswith("@"):
        try:
            marker = Marker(fields.pop(0))
        except ValueError:
            return marker, "", None
    if len(fields) < 3 or fields[0].startswith("#"):
        return marker, "", None
    try:
        return marker, fields[0], decode_public_key(f"{fields[1]} {fields[2]}")
    except ValueError:
        return marker, "", None


def _names_match(names: str, name: str) -> bool:
    if not names.startswith("|"):
        return matches_pattern_list(name, names.lower())
    _, version, salt, digest = (names.split("|") + [""] * 3)[:4]
    try:
        wanted = base64.b64decode(digest)
        actual = hmac.new(base64.b64decode(salt), name.encode(), "sha1").digest()
    except binascii.Error:
        return False
    return version == "1" and hmac.compare_digest(wanted, actual)


def _revoked_keys(file: Path) -> Iterator[KnownKey]:
    """Keys of a RevokedHostKeys file; what we cannot read must not count as 'none revoked'."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise BadConfiguration(
            f"RevokedHostKeys {file} cannot be read: {error.strerror}."
        ) from error
    if content.startswith(_REVOCATION_LIST):
        raise BadConfiguration(
            f"RevokedHostKeys {file} is a binary revocation list, which clearq cannot read. "
            'Use the transport "openssh" for this machine.'
        )
    for number, line in enumerate(content.decode(errors="replace").split("\n"), 1):
        if line.strip() and not line.lstrip().startswith("#"):
            try:
                yield KnownKey(Marker.REVOKED, decode_public_key(line), file, number)
            except ValueError as error:
                raise BadConfiguration(f"RevokedHostKeys {file} line {number}: {error}.") from error
