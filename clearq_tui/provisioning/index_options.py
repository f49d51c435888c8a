"""Where packages come from: what the task's requirements say, after what the operator set up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

_REMOTE = ("http://", "https://", "file:", "ssh://")


@dataclass(frozen=True)
class IndexOptions:
    """As pip has them, with pip's rules for what goes before what."""

    indexes: tuple[str, ...] = ()
    """The main one first, unless `only_extra`."""
    only_extra: bool = False
    """The main index is the tool's own default."""
    find_links: tuple[str, ...] = ()
    no_index: bool = False
    prereleases: bool = False
    trusted_hosts: tuple[str, ...] = ()
    builds: tuple[str, ...] = ()
    """`--no-binary …` and `--only-binary …`, as they were written."""

    def with_options(self, options: Iterable[str], place: Path | None) -> IndexOptions:
        """These, and after them those of a requirements file.

        `place` is the directory from which relative paths of `--find-links` start.
        """
        result = self
        for option in options:
            name, _, value = option.partition(" ")
            result = result._with(name, value.strip(), place)
        return result

    def lines(self) -> list[str]:
        """As a requirements file begins that is to be resolved."""
        return [*self.index_lines(), *self.builds]

    def index_lines(self) -> list[str]:
        """As a requirements file begins whose requirements are addresses."""
        if self.no_index:
            said = ["--no-index"]
        else:
            main = 0 if self.only_extra else 1
            said = [f"--index-url {url}" for url in self.indexes[:main]]
            said += [f"--extra-index-url {url}" for url in self.indexes[main:]]
        return [*said, *(f"--find-links {place}" for place in self.find_links)]

    def _with(self, name: str, value: str, place: Path | None) -> IndexOptions:
        match name:
            case "--index-url":
                return replace(self, indexes=(value,), only_extra=False, no_index=False)
            case "--extra-index-url":
                alone = not self.indexes or self.only_extra
                return replace(self, indexes=(*self.indexes, value), only_extra=alone)
            case "--no-index":
                return replace(self, indexes=(), only_extra=False, no_index=True)
            case "--find-links":
                return replace(self, find_links=(*self.find_links, _placed(value, place)))
            case "--trusted-host":
                return replace(self, trusted_hosts=(*self.trusted_hosts, value))
            case "--pre":
                return replace(self, prereleases=True)
            case "--no-binary" | "--only-binary":
                return replace(self, builds=(*self.builds, f"{name} {value}"))
        return self  # what remains does not decide what is fetched


@dataclass(frozen=True)
class OperatorsIndexes:
    """What the operator has set up for the two tools that fetch, each of which knows its own."""

    for_uv: IndexOptions = field(default_factory=IndexOptions)
    """What pip was told and uv was not."""
    for_pip: IndexOptions = field(default_factory=IndexOptions)
    """What uv was told and pip was not."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """For uv's environment: what else pip was told, certificates, a proxy, constraints."""


def relative_places(options: Iterable[str]) -> list[str]:
    """The paths of directories of wheels that lie in the task's own code."""
    places = []
    for option in options:
        name, _, value = option.partition(" ")
        if name == "--find-links" and not value.startswith((*_REMOTE, "/", "~")):
            places.append(value.strip())
    return places


def _placed(value: str, place: Path | None) -> str:
    if place is None or value.startswith((*_REMOTE, "/", "~")):
        return value
    return str(place / value)
