"""The parameters in a repository's configuration files, within bounds."""

from __future__ import annotations

import functools
import posixpath
import re
from collections.abc import Collection, Iterable, Iterator
from typing import Final

from clearq_tui.parameters.code_files import CodeFiles
from clearq_tui.parameters.config_text import Leaf, Tree, is_config, load_config
from clearq_tui.parameters.config_text.formats import LARGEST as LARGEST_EDITED
from clearq_tui.parameters.config_text.key_path import join
from clearq_tui.parameters.config_text.tree import Unreadable, line_of, named_parts, shown
from clearq_tui.parameters.parameter import Kind, Parameter

MOST_FILES: Final = 100
LARGEST: Final = 64 << 10
"""Bytes of a file that is looked into without being asked for."""
MOST_BYTES: Final = 256 << 10
"""Of all files together: YAML is read at some 100 kB/s."""
MOST_IN_FILE: Final = 400
MOST_IN_ALL: Final = 3_000
_LONGEST: Final = 200

_OF_TOOLS: Final = re.compile(
    r"(?:pyproject\.toml|package(?:-lock)?\.json|tsconfig.*\.json|jsconfig\.json|composer\.json"
    r"|Cargo\.toml|pixi\.toml|poetry\.toml|pylock\..*toml|ruff\.toml|uv\.toml|netlify\.toml"
    r"|environment.*\.ya?ml|conda.*\.ya?ml|docker-compose.*\.ya?ml|compose\.ya?ml|mkdocs\.ya?ml"
    r"|codecov\.ya?ml|pnpm-.*\.ya?ml|appveyor\.ya?ml|cog\.ya?ml|pyrightconfig\.json"
    r"|renovate\.json|pdm\.toml|.*[.-]lock\.(?:json|ya?ml|toml)|.*\.schema\.json)",
    re.IGNORECASE,
)
"""Files that tools read, not the program."""
_SKIPPED: Final = frozenset({"node_modules", "site-packages", "third_party", "vendor"})


def config_parameters(
    files: CodeFiles, *, mentioned: Collection[str] | None, asked: Collection[str]
) -> tuple[list[Parameter], list[str]]:
    """The values in configuration files, and which files could not be read.

    Files that the program `mentioned` come first (None: no others are looked into than those
    `asked` for); those are read whatever they are.
    """
    found: list[Parameter] = []
    notes: list[str] = []
    read = 0
    paths = frozenset(files.paths())
    wanted = [path for path in asked if path in paths]
    named = mentioned or ()
    others = () if mentioned is None else _order(paths, named)
    for number, path in enumerate(dict.fromkeys([*wanted, *others])):
        is_asked = path in wanted
        if not is_asked and (number >= MOST_FILES or read >= MOST_BYTES):
            break
        content = files.read(path, LARGEST_EDITED if is_asked else LARGEST)
        if content is None:
            continue
        read += len(content)
        tree = _tree(path, content)
        if isinstance(tree, str):
            if is_asked or path in named:
                notes.append(f"{path} cannot be read: {tree}")
            continue
        own = list(_parameters(path, tree))
        if is_asked or (len(own) <= MOST_IN_FILE and len(found) + len(own) <= MOST_IN_ALL):
            found += own
    return found, notes


def _order(paths: Collection[str], mentioned: Collection[str]) -> Iterator[str]:
    """Mentioned files, then those near to where the command runs."""
    names = {posixpath.normpath(text) for text in mentioned if is_config(text)}
    candidates = [path for path in paths if is_config(path)]
    known = {path for path in candidates if path in names or posixpath.basename(path) in names}
    yield from sorted(known)
    others = [path for path in candidates if path not in known and not _is_of_tools(path)]
    yield from sorted(others, key=lambda path: (path.count("/"), path))


def _is_of_tools(path: str) -> bool:
    parts = path.split("/")
    hidden = any(part.startswith(".") and part != ".." for part in parts)
    return hidden or bool(_SKIPPED & set(parts)) or bool(_OF_TOOLS.fullmatch(parts[-1]))


@functools.lru_cache(maxsize=128)
def _tree(path: str, content: bytes) -> Tree | str:
    """What the file says, or why it cannot be read; nobody changes a tree."""
    try:
        return load_config(path, content)
    except Unreadable as error:
        return str(error)


def _parameters(path: str, tree: Tree) -> Iterable[Parameter]:
    for keys, value, is_listed in named_parts(tree):
        if not keys:
            continue
        name = join(keys)
        text = shown(value)
        line = line_of(value)
        yield Parameter(
            target=f"{path}:{name}",
            name=name,
            kind=Kind.CONFIG,
            type=value.type if isinstance(value, Leaf) else "list",
            value=text,
            given=True,
            origin=f"{path}:{line}" if line else path,
            listed=is_listed and len(text) <= _LONGEST,
        )
