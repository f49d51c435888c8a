"""Read `poetry.lock`, in the formats 1.0 to 2.1."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from clearq_tui.requirements.conditions import NEVER, Condition, condition_of, either
from clearq_tui.requirements.poetry.dependencies import Dependency, dependencies_of
from clearq_tui.requirements.reading import TomlFile, read_toml

_STRONG = ("sha256:", "sha384:", "sha512:")


@dataclass(frozen=True, eq=False)
class LockedPackage:
    """One version of a package in the lock."""

    name: str
    """Normalized."""
    version: str
    groups: Mapping[str, Condition] | None
    """For each group that needs it, when; None in formats that do not say."""
    dependencies: tuple[Dependency, ...]
    extras: Mapping[str, frozenset[str]]
    """The names of the packages that each of its own extras needs."""
    hashes: tuple[str, ...]
    source: Mapping[str, str]
    """Empty: the project's indexes."""
    is_editable: bool


@dataclass(frozen=True)
class PoetryLock:
    """A whole lock."""

    file: TomlFile
    packages: tuple[LockedPackage, ...]
    python: str
    """Poetry's constraint."""
    extras: frozenset[str]
    """The project's, normalized."""

    @property
    def says_conditions(self) -> bool:
        """Whether each package says who needs it, and when (since format 2.1)."""
        return all(package.groups is not None for package in self.packages)


def read_poetry_lock(path: Path) -> PoetryLock:
    """Read a lock.

    Raises:
        RequirementsError: it cannot be read, or is of a format that Poetry made later.
    """
    file = read_toml(path)
    metadata = file.at("metadata")
    version = file.text_of(metadata, "lock-version") or "1.0"
    if version.split(".")[0] not in {"1", "2"}:
        raise file.where("lock-version").refusal(
            f"the lock's format {version} is newer than any that clearq reads (1.0 to 2.1)."
        )
    return PoetryLock(
        file,
        tuple(_package(file, table) for table in file.tables(file.table, "package")),
        file.text_of(metadata, "python-versions"),
        frozenset(map(canonicalize_name, file.at("extras"))),
    )


def _package(file: TomlFile, table: Mapping[str, object]) -> LockedPackage:
    name, version = file.text_of(table, "name"), file.text_of(table, "version")
    if not name or not version:
        raise file.where("[[package]]").refusal("a package lacks its name or version.")
    return LockedPackage(
        canonicalize_name(name),
        version,
        _groups(file, table, name),
        tuple(dependencies_of(file, _below(table, "dependencies"))),
        {
            canonicalize_name(extra): frozenset(_names(said))
            for extra, said in _below(table, "extras").items()
        },
        tuple(_hashes(file, table, name)),
        {key: value for key, value in _below(table, "source").items() if isinstance(value, str)},
        table.get("develop") is True,
    )


def _below(table: Mapping[str, object], name: str) -> Mapping[str, object]:
    found = table.get(name, {})
    return found if isinstance(found, Mapping) else {}


def _groups(
    file: TomlFile, table: Mapping[str, object], name: str
) -> Mapping[str, Condition] | None:
    if "groups" not in table:
        return None
    where = file.where(f'"{name}"')
    said = table.get("markers", "")
    found: dict[str, Condition] = {}
    for group in file.texts(table, "groups"):
        marker = said.get(group, "") if isinstance(said, Mapping) else said
        if not isinstance(marker, str):
            raise where.refusal(f"the markers of {name!r} must be texts.")
        found[canonicalize_name(group)] = condition_of(marker, where)
    return found


def condition_in(package: LockedPackage, groups: frozenset[str]) -> Condition:
    """When any of some groups needs a package, by what the lock itself says."""
    said = package.groups or {}
    return either(*(condition for group, condition in said.items() if group in groups)) or NEVER


def _names(said: object) -> Iterator[str]:
    for text in said if isinstance(said, list) else []:
        try:
            yield canonicalize_name(Requirement(text).name)
        except InvalidRequirement:
            # Poetry's own writing, such as `name (^1.0)`.
            yield canonicalize_name(text.split()[0].partition("[")[0])


def _hashes(file: TomlFile, table: Mapping[str, object], name: str) -> Iterator[str]:
    metadata = file.at("metadata")
    if "files" in table:
        files = file.tables(table, "files")
    else:  # before format 2.0, all packages' files are at the lock's end
        files = file.tables(_below(metadata, "files"), name)
    for entry in files:
        if (said := file.text_of(entry, "hash")).startswith(_STRONG):
            yield said
    for said in file.texts(_below(metadata, "hashes"), name):  # format 1.0
        yield said if said.startswith(_STRONG) else f"sha256:{said}"
