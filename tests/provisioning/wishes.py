"""Packages as they are kept with a task."""

from __future__ import annotations

from collections.abc import Sequence

from tests.provisioning.package_index import PackageIndex


def wish(
    index: PackageIndex | None,
    *lines: str,
    options: Sequence[str] = (),
    constraints: Sequence[str] = (),
    projects: Sequence[dict[str, object]] = (),
    locked: bool = False,
) -> dict[str, object]:
    """Packages of the kind `python`, from the index if there is one."""
    main = [f"--index-url {index.url}"] if index else []
    return {
        "kind": "python",
        "source": "list",
        "python": "",
        "lines": list(lines),
        "constraints": list(constraints),
        "options": [*main, *options],
        "projects": list(projects),
        "locked": locked,
    }


def names_of(brought: dict[str, object]) -> list[str]:
    """The file names of the wheels, sorted."""
    wheels = brought["wheels"]
    assert isinstance(wheels, list)
    return sorted(wheel["name"] for wheel in wheels)


def pins_of(brought: dict[str, object]) -> list[str]:
    """The lines without their hashes."""
    lines = brought["lines"]
    assert isinstance(lines, list)
    return [line.partition(" ")[0] for line in lines]
