"""Which versions of Python the operator's files ask for."""

from __future__ import annotations

import re
from pathlib import Path

from clearq_tui.requirements.failure import Where
from clearq_tui.requirements.reading import read_text
from clearq_tui.requirements.tree import Tree

_VERSION = re.compile(r"(?:c?python[@-]?)?(?P<version>\d+(?:\.\d+){0,2})")


def checked_python(specifiers: str, where: Where) -> str:
    """Version specifiers, in one spelling.

    Raises:
        RequirementsError: they are none.
    """
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        return str(SpecifierSet(specifiers.strip()))
    except InvalidSpecifier as error:
        raise where.refusal(f"{specifiers!r} is no version of Python to require.") from error


def python_of_versions_file(tree: Tree) -> tuple[str, Where] | None:
    """What the nearest `.python-version` says, as specifiers.

    Three numbers allow later patch releases: pyenv makes everybody write three, and a machine
    seldom has the very same. Names of pyenv's environments say no version.

    Raises:
        RequirementsError: the file cannot be read.
    """
    for level in tree.levels():
        path = level / ".python-version"
        if not path.is_file():
            continue
        for number, line in enumerate(read_text(path).splitlines(), 1):
            found = _VERSION.fullmatch(line.partition("#")[0].strip().lower())
            if found:
                return _as_specifier(found["version"]), Where(str(path), number)
    return None


def _as_specifier(version: str) -> str:
    numbers = version.count(".") + 1
    return f"~={version}" if numbers == 3 else f"=={version}.*"


def python_for(tree: Tree, required: str, required_by: Path | None = None) -> str:
    """What a project requires together with what `.python-version` says.

    Raises:
        RequirementsError: the two exclude each other.
    """
    said = python_of_versions_file(tree)
    if said is None:
        return required
    chosen, where = said
    if required and not _overlap(chosen, required):
        raise where.refusal(
            f"Python {chosen} is chosen here, but {required_by} requires {required}."
        )
    return f"{chosen},{required}" if required else chosen


def _overlap(chosen: str, required: str) -> bool:
    """Whether a Python that is chosen by its first numbers can be one that is required."""
    from packaging.specifiers import SpecifierSet

    both = SpecifierSet(chosen) & SpecifierSet(required)
    numbers = chosen.lstrip("~=").removesuffix(".*").split(".")[:2]
    return any(both.contains(".".join([*numbers, str(rest)])) for rest in range(100))


def python_of_tree(tree: Tree) -> str:
    """What is wanted where the packages say nothing of Python: by the nearest project.

    Raises:
        RequirementsError: a file on the way cannot be read, or two of them exclude each other.
    """
    for level in tree.levels():
        path = level / "pyproject.toml"
        if path.is_file():
            from clearq_tui.requirements.reading import read_toml

            file = read_toml(path)
            if said := file.text_of(file.at("project"), "requires-python"):
                required = checked_python(said, file.where("requires-python"))
                return python_for(tree, required, path)
    return python_for(tree, "")
