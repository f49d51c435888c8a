"""`pylock.toml` (PEP 751) as lines of a requirements file."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from packaging.pylock import (
    Package,
    PackageArchive,
    PackageVcs,
    Pylock,
    PylockValidationError,
)
from packaging.utils import canonicalize_name, parse_wheel_filename

from clearq_tui.requirements.collected import Collected
from clearq_tui.requirements.conditions import (
    NEVER,
    Comparison,
    Condition,
    condition_of,
    decided,
    marker_of,
)
from clearq_tui.requirements.failure import Where
from clearq_tui.requirements.local_places import as_path
from clearq_tui.requirements.pip_format.flatten import Flattener
from clearq_tui.requirements.public_index import is_default_index
from clearq_tui.requirements.python_wanted import python_for
from clearq_tui.requirements.reading import read_toml
from clearq_tui.requirements.requirements import Requirements
from clearq_tui.requirements.tree import Tree
from clearq_tui.requirements.wish import Wish, refuse_unknown


def requirements_of_pylock(path: Path, tree: Tree, wish: Wish) -> Requirements:
    """What a lock says, for the extras and groups that are wished for and its default groups.

    Raises:
        RequirementsError: it is no such lock, or has no such extra or group.
    """
    file = read_toml(path)
    try:
        lock = Pylock.from_dict(file.table)
    except PylockValidationError as error:
        raise file.where(error.context or "lock-version").refusal(
            f"this is not a pylock.toml: {error}."
        ) from error
    extras, groups = _chosen(lock, wish, path)
    collected = Collected()
    flattener = Flattener(tree, collected, {}, path.parent)
    for option in _options(lock):
        flattener.read_line(option, file.where("index"))
    for package in lock.packages:
        where = file.where("name", f'"{package.name}"')
        marker = condition_of(str(package.marker or ""), where)
        condition = _with_parts(marker, extras, groups)
        if condition != NEVER:
            flattener.read_line(_line(package, condition, where), where)
    python = str(lock.requires_python or "")
    return collected.finished(path.name, python=python_for(tree, python, path), locked=True)


def _chosen(lock: Pylock, wish: Wish, path: Path) -> tuple[frozenset[str], frozenset[str]]:
    extras = frozenset(map(canonicalize_name, wish.extras))
    for extra in extras:
        refuse_unknown("extra", extra, lock.extras or (), str(path))
    known = {canonicalize_name(name) for name in lock.dependency_groups or ()}
    known |= {canonicalize_name(name) for name in lock.default_groups or ()}
    groups = frozenset(map(canonicalize_name, wish.groups))
    for group in groups:
        refuse_unknown("group", group, known, str(path))
    return extras, groups | frozenset(map(canonicalize_name, lock.default_groups or ()))


def _with_parts(condition: Condition, extras: frozenset[str], groups: frozenset[str]) -> Condition:
    """The condition once it is known which extras and groups are installed."""
    parts = {"extras": extras, "dependency_groups": groups}

    def decide(comparison: Comparison) -> bool | None:
        if comparison.right not in parts:
            return None
        is_in = canonicalize_name(comparison.left.strip("'\"")) in parts[comparison.right]
        return is_in == (comparison.operator == "in")

    return decided(condition, decide)


def _options(lock: Pylock) -> Iterator[str]:
    for index in dict.fromkeys(package.index for package in lock.packages if package.index):
        if not is_default_index(index):
            flag = "--find-links" if index.startswith("file:") else "--extra-index-url"
            yield f"{flag} {shlex.quote(index)}"
    for directory in dict.fromkeys(_directories_of_files(lock)):
        yield f"--find-links {shlex.quote(directory)}"


def _directories_of_files(lock: Pylock) -> Iterator[str]:
    """Where wheels lie that the lock names by path."""
    for package in lock.packages:
        for file in (*(package.wheels or ()), package.sdist):
            if file is not None and file.path and not file.url:
                yield str(PurePosixPath(file.path).parent)


def _line(package: Package, condition: Condition, where: Where) -> str:
    text, hashes = _text(package, where)
    marker = marker_of(condition)
    marked = f"{text} ; {marker}" if marker else text
    return " ".join([marked, *(f"--hash={each}" for each in dict.fromkeys(hashes))])


def _text(package: Package, where: Where) -> tuple[str, list[str]]:
    if package.vcs:
        return f"{package.name} @ {_repository(package.vcs, where)}", []
    if package.directory:
        below = PurePosixPath(package.directory.path) / (package.directory.subdirectory or "")
        return f"{'-e ' if package.directory.editable else ''}{as_path(str(below))}", []
    if package.archive:
        return _archive(package.name, package.archive), _hashes(package.archive.hashes)
    files = [*(package.wheels or ()), *([package.sdist] if package.sdist else ())]
    hashes = [each for file in files for each in _hashes(file.hashes)]
    return f"{package.name}=={_version(package, where)}", hashes


def _version(package: Package, where: Where) -> str:
    if package.version is not None:
        return str(package.version)
    for wheel in package.wheels or ():
        return str(parse_wheel_filename(wheel.filename)[1])
    raise where.refusal(f"the package {package.name!r} has no version.")


def _repository(vcs: PackageVcs, where: Where) -> str:
    if not vcs.url:
        raise where.refusal(f"the repository {vcs.path!r} is on this laptop alone.")
    url = vcs.url if vcs.url.startswith(f"{vcs.type}+") else f"{vcs.type}+{vcs.url}"
    below = f"#subdirectory={vcs.subdirectory}" if vcs.subdirectory else ""
    return f"{url}@{vcs.commit_id}{below}"


def _archive(name: str, archive: PackageArchive) -> str:
    if archive.path and not archive.url:
        return as_path(archive.path)
    below = f"#subdirectory={archive.subdirectory}" if archive.subdirectory else ""
    return f"{name} @ {archive.url}{below}"


def _hashes(hashes: Mapping[str, str]) -> list[str]:
    strong = ("sha256", "sha384", "sha512")

    return [f"{name}:{hashes[name]}" for name in strong if name in hashes]
