"""The modules that lie in the operator's tree."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

from clearq_tui.requirements.tree import Tree

_SKIPPED = frozenset({"__pycache__", "node_modules", "site-packages"})
_MOST_DIRECTORIES = 20_000


class LocalModules:
    """Finds the files of modules, as Python would when the script runs and a little beyond."""

    def __init__(self, program: Path, tree: Tree) -> None:
        places = (program.parent, tree.directory, tree.top)
        roots = [root for place in places for root in (place, place / "src")]
        self._roots = tuple(dict.fromkeys(root for root in roots if root.is_dir()))
        self._tree = tree

    def regular(self, dotted: str) -> tuple[Path, ...]:
        """The files that an import of a module reads, where it is surely one of the tree."""
        parts = dotted.split(".")
        for root in self._roots:
            if _is_module(root / parts[0]):
                return tuple(_files(root, parts))
        return ()

    def possible(self, dotted: str) -> tuple[Path, ...]:
        """The same where the module is in a directory without `__init__.py`, or farther away.

        A directory of data often has the name of a package, so what the operator's environment has
        goes before these.
        """
        parts = dotted.split(".")
        for root in self._roots:
            place = root / parts[0]
            if place.is_dir() and any(place.glob("*.py")):
                return tuple(_files(root, parts))
        for root in self._elsewhere.get(parts[0], ()):
            return tuple(_files(root, parts))
        return ()

    def relative(self, file: Path, level: int, module: str) -> tuple[Path, ...]:
        """The files that a relative import in `file` reads."""
        package = file.parent
        for _ in range(level - 1):
            package = package.parent
        if not package.resolve().is_relative_to(self._tree.top):
            return ()
        parts = [part for part in module.split(".") if part]
        return (*_initial(package), *_files(package, parts))

    @cached_property
    def _elsewhere(self) -> dict[str, list[Path]]:
        """Where in the tree each module lies that a program may reach by changing `sys.path`."""
        found: dict[str, list[Path]] = {}
        for directory, names in _directories(self._tree.top):
            for name in names:
                module = name.removesuffix(".py")
                if name.endswith(".py") and module != "__init__":
                    found.setdefault(module, []).append(directory)
            if "__init__.py" in names:
                found.setdefault(directory.name, []).append(directory.parent)
        return found


def _directories(top: Path) -> Iterator[tuple[Path, Sequence[str]]]:
    for count, (directory, below, names) in enumerate(os.walk(top)):
        if count > _MOST_DIRECTORIES:
            return
        is_environment = "pyvenv.cfg" in names
        below[:] = (
            []
            if is_environment
            else sorted(name for name in below if name not in _SKIPPED and name[:1] != ".")
        )
        yield Path(directory), () if is_environment else names


def _is_module(place: Path) -> bool:
    return place.with_name(f"{place.name}.py").is_file() or (place / "__init__.py").is_file()


def _files(root: Path, parts: Sequence[str]) -> Iterator[Path]:
    """The files of `a`, `a.b` and `a.b.c`, as far as there are any."""
    place = root
    for part in parts:
        place /= part
        file = place.with_name(f"{part}.py")
        if file.is_file() and not (place / "__init__.py").is_file():
            yield file
            return
        yield from _initial(place)


def _initial(package: Path) -> Iterator[Path]:
    if (file := package / "__init__.py").is_file():
        yield file
