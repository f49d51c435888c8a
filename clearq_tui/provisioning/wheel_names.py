"""Which wheels a Python on a machine can use, and which of several suits it best."""

from __future__ import annotations

import functools
from collections.abc import Iterable

from clearq_tui.provisioning.target import Target


@functools.lru_cache(maxsize=64)
def tag_ranks(target: Target, python: str) -> dict[str, int]:
    """By tag, how well a wheel that has it suits: the lower, the better.

    `python` is the interpreter's version, such as `3.11`.
    """
    from packaging.tags import compatible_tags, cpython_tags

    major, minor = (int(part) for part in python.split(".")[:2])
    version, platforms = (major, minor), list(target.platform_tags)
    tags = (
        *cpython_tags(version, [f"cp{major}{minor}"], platforms),
        *compatible_tags(version, f"cp{major}{minor}", platforms),
    )
    return {str(tag): rank for rank, tag in enumerate(tags)}


def best_wheel(names: Iterable[str], target: Target, python: str) -> str | None:
    """Of wheels of one version, the file name of the one to take; None: none of them fits.

    Names that are none of a wheel's are passed over.
    """
    ranks = tag_ranks(target, python)
    best: tuple[int, tuple[int, str], str] | None = None
    for name in names:
        tags, build = _tags_and_build(name)
        fitting = [ranks[tag] for tag in tags if tag in ranks]
        if fitting:
            # Of two builds for the same tag, the later.
            place = (min(fitting), (-build[0], build[1]), name)
            best = min(best, place) if best else place
    return best[2] if best else None


def is_for_all(name: str) -> bool:
    """Whether the wheel of this file name works on every platform."""
    return any(tag.endswith("-none-any") for tag in _tags_and_build(name)[0])


def project_and_version(name: str) -> tuple[str, str]:
    """What the file name of a wheel says it is.

    Raises:
        ValueError: it is no wheel's.
    """
    from packaging.utils import InvalidWheelFilename, parse_wheel_filename

    try:
        project, version, _, _ = parse_wheel_filename(name)
    except InvalidWheelFilename as error:
        raise ValueError(str(error)) from error
    return project, str(version)


def _tags_and_build(name: str) -> tuple[frozenset[str], tuple[int, str]]:
    from packaging.utils import InvalidWheelFilename, parse_wheel_filename

    try:
        _, _, build, tags = parse_wheel_filename(name)
    except InvalidWheelFilename:
        return frozenset(), (0, "")
    return frozenset(map(str, tags)), build or (0, "")
