"""What uv has resolved, read from the `pylock.toml` that it writes."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from clearq_tui.provisioning.failure import ProvisionError


@dataclass(frozen=True)
class LockedFile:
    """A wheel or a source distribution that can be fetched."""

    name: str
    """Its file name."""
    url: str
    """May hold a login."""
    hashes: frozenset[str]
    """Each as `sha256:…`."""
    size: int | None = None
    """In bytes; None: the index does not say it."""
    subdirectory: str = ""
    """Where in a source distribution the project lies."""

    @property
    def sha256(self) -> str:
        """In hexadecimal digits; empty: it is not known."""
        found = (each for each in self.hashes if each.startswith("sha256:"))
        return next(found, ":").partition(":")[2]


@dataclass(frozen=True)
class LockedPackage:
    """One package at one version, and where it can be had."""

    name: str
    version: str
    """Empty where only building it tells."""
    wheels: tuple[LockedFile, ...] = ()
    source: LockedFile | None = None
    repository: str = ""
    """`git+URL@commit`, with the directory in it."""
    directory: Path | None = None
    """On the laptop."""


def read_lock(path: Path) -> list[LockedPackage]:
    """What the lock file at the path says; relative paths in it start in its directory.

    Raises:
        ProvisionError: it is not what uv is known to write.
        OSError: it cannot be read.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        return [_package(each, path.parent) for each in table.get("packages", ())]
    except (tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError) as error:
        raise ProvisionError(f"uv wrote a lock file that makes no sense: {error!r}.") from error


def _package(said: Mapping[str, object], place: Path) -> LockedPackage:
    name, version = str(said["name"]), str(said.get("version", ""))
    wheels = tuple(_file(each, place) for each in _tables(said.get("wheels", [])))
    source = _file(_table(said["sdist"]), place) if "sdist" in said else None
    if "archive" in said:
        archive = _file(_table(said["archive"]), place)
        if archive.name.endswith(".whl"):
            wheels = (archive,)
        else:
            source = archive
    repository = _repository(_table(said["vcs"])) if "vcs" in said else ""
    directory = None
    if "directory" in said:
        table = _table(said["directory"])
        directory = (place / str(table["path"]) / str(table.get("subdirectory", ""))).resolve()
    return LockedPackage(name, version, wheels, source, repository, directory)


def _file(table: Mapping[str, object], place: Path) -> LockedFile:
    url = str(table.get("url") or (place / str(table["path"])).resolve().as_uri())
    hashes = _table(table.get("hashes", {}))
    size = table.get("size")
    return LockedFile(
        name=str(table.get("name") or unquote(urlsplit(url).path.rpartition("/")[2])),
        url=url,
        hashes=frozenset(f"{algorithm}:{value}".lower() for algorithm, value in hashes.items()),
        size=size if isinstance(size, int) else None,
        subdirectory=str(table.get("subdirectory", "")),
    )


def _repository(table: Mapping[str, object]) -> str:
    place = str(table.get("url") or Path(str(table["path"])).resolve().as_uri())
    subdirectory = table.get("subdirectory")
    below = f"#subdirectory={subdirectory}" if subdirectory else ""
    return f"{table['type']}+{place}@{table['commit-id']}{below}"


def _table(value: object) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise TypeError(f"{value!r} is no table")
    return value


def _tables(value: object) -> list[Mapping[str, object]]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is no list")
    return [_table(each) for each in value]
