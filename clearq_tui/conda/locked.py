"""A solved conda environment for one platform: what to install, to the byte."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from urllib.parse import unquote, urlsplit

from clearq_tui.conda.failure import CondaError

_ENDINGS = (".conda", ".tar.bz2")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_.+!=-]{1,240}\Z")
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")


@dataclass(frozen=True)
class LockedPackage:
    """One package archive."""

    url: str
    name: str
    version: str
    build: str
    subdir: str
    """Of the channel: the platform's or `noarch`."""
    sha256: str
    size: int
    """Of the archive, in bytes; 0 where the channel does not say."""
    md5: str = ""
    depends: tuple[str, ...] = ()
    site_packages: str = ""
    """Of a Python that keeps its packages elsewhere than most: where, below the prefix."""

    @property
    def file_name(self) -> str:
        """The last part of the URL."""
        return file_name_of(self.url)

    def to_json(self) -> dict[str, object]:
        """As JSON values, without what is empty."""
        said = {**asdict(self), "depends": list(self.depends)}
        return {name: value for name, value in said.items() if value}


@dataclass(frozen=True)
class Lock:
    """All packages of an environment."""

    asked: str
    """A digest of what was asked for: another question is not answered by this lock."""
    channels: tuple[str, ...]
    """URLs, those that go first first; empty for a list of URLs."""
    packages: tuple[LockedPackage, ...]

    def to_json(self) -> dict[str, object]:
        """As JSON values."""
        return {
            "asked": self.asked,
            "channels": list(self.channels),
            "packages": [package.to_json() for package in self.packages],
        }

    def version_of(self, name: str) -> str:
        """The version of the package of that name; empty when it is not in."""
        return next((found.version for found in self.packages if found.name == name), "")


def lock_from_json(said: object) -> Lock:
    """What `Lock.to_json` gave.

    Raises:
        CondaError: it is none; the sentence names the field.
    """
    if not isinstance(said, Mapping) or not isinstance(said.get("packages"), list):
        raise CondaError("A kept conda lock is damaged: 'packages' must be a list.")
    return Lock(
        asked=str(said.get("asked", "")),
        channels=tuple(map(str, said.get("channels", ()))),
        packages=tuple(map(package_from_json, said["packages"])),
    )


def package_from_json(said: object) -> LockedPackage:
    """What `LockedPackage.to_json` gave.

    Raises:
        CondaError: it is none; the sentence names the field.
    """
    if not isinstance(said, Mapping):
        raise CondaError(f"A conda package must be an object, not {said!r:.80}.")
    texts = {
        name: said.get(name, "")
        for name in ("url", "name", "version", "build", "subdir", "sha256", "md5", "site_packages")
    }
    for name, value in texts.items():
        if not isinstance(value, str):
            raise CondaError(f"A conda package's {name} is {value!r:.80}; expected a text.")
    size, depends = said.get("size", 0), said.get("depends", ())
    if not isinstance(size, int) or not isinstance(depends, list | tuple):
        raise CondaError(f"The conda package {texts['url']!r:.200} has no size or no dependencies.")
    if not _SHA256.match(texts["sha256"]):
        raise CondaError(f"The conda package {texts['url']!r:.200} has no SHA-256.")
    file_name_of(texts["url"])
    return LockedPackage(**texts, size=size, depends=tuple(map(str, depends)))


def file_name_of(url: str) -> str:
    """The name of the archive behind the URL.

    Raises:
        CondaError: it is no name of a conda package.
    """
    name = unquote(urlsplit(url).path).rpartition("/")[2]
    if not name.endswith(_ENDINGS) or not _PLAIN_NAME.match(name) or name.count("-") < 2:
        raise CondaError(
            f"{url!r:.200} is no conda package: its name must be NAME-VERSION-BUILD"
            " and end with .conda or .tar.bz2."
        )
    return name
