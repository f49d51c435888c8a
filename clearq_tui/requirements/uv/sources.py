"""Where uv takes a package from when the project says another place than an index."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from clearq_tui.requirements.conditions import (
    NEVER,
    Condition,
    both,
    condition_of,
    either,
    marker_of,
    negation,
)
from clearq_tui.requirements.declared import Declared
from clearq_tui.requirements.failure import Where
from clearq_tui.requirements.local_places import as_path
from clearq_tui.requirements.reading import TomlFile, read_toml
from clearq_tui.requirements.tree import Tree
from clearq_tui.requirements.uv.workspace import is_member

Source = Mapping[str, object]


def lines_from_sources(declared: Declared, file: TomlFile, tree: Tree) -> Iterator[str]:
    """A project's requirement as lines of a requirements file, its `tool.uv.sources` obeyed.

    Raises:
        RequirementsError: a source is malformed, or names a member that the workspace lacks.
    """
    sources = _sources_of(file, declared)
    if not sources:
        yield declared.text
        return
    requirement = declared.requirement
    wanted = condition_of(str(requirement.marker or ""), declared.where)
    covered: list[Condition] = []
    for source in sources:
        marker = condition_of(file.text_of(source, "marker"), declared.where)
        condition = both(wanted, marker)
        covered.append(marker)
        if condition != NEVER:
            yield _line(requirement, source, marker_of(condition), file, declared.where, tree)
    rest = both(wanted, negation(either(*covered)))
    if rest != NEVER:
        yield _marked(_named(requirement) + str(requirement.specifier), marker_of(rest))


def _sources_of(file: TomlFile, declared: Declared) -> tuple[Source, ...]:
    table = file.at("tool", "uv", "sources")
    if not table:
        return ()
    wanted = canonicalize_name(declared.requirement.name)
    for name, said in table.items():
        if canonicalize_name(name) == wanted:
            return (said,) if isinstance(said, Mapping) else file.tables(table, name)
    return ()


def _line(
    requirement: Requirement,
    source: Source,
    marker: str,
    file: TomlFile,
    where: Where,
    tree: Tree,
) -> str:
    named = _named(requirement)
    below = file.text_of(source, "subdirectory")
    fragment = f"#subdirectory={below}" if below else ""
    if url := file.text_of(source, "git"):
        revision = next(
            (found for key in ("rev", "tag", "branch") if (found := file.text_of(source, key))), ""
        )
        at = f"@{revision}" if revision else ""
        prefix = "" if url.startswith("git+") else "git+"
        return _marked(f"{named} @ {prefix}{url}{at}{fragment}", marker)
    if url := file.text_of(source, "url"):
        return _marked(f"{named} @ {url}{fragment}", marker)
    extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
    if place := file.text_of(source, "path"):
        editable = "-e " if source.get("editable") is True else ""
        return _marked(f"{editable}{as_path(place)}{extras}", marker)
    if source.get("workspace") is True:
        member = _member(requirement.name, file, where, tree)
        return _marked(f"-e {member}{extras}", marker)
    return _marked(named + str(requirement.specifier), marker)


def _named(requirement: Requirement) -> str:
    extras = ",".join(sorted(requirement.extras))
    return f"{requirement.name}[{extras}]" if extras else requirement.name


def _marked(text: str, marker: str) -> str:
    return f"{text} ; {marker}" if marker else text


def _member(name: str, file: TomlFile, where: Where, tree: Tree) -> Path:
    """The directory of the workspace's member that has the name."""
    for root in (file.path.parent, *file.path.parent.parents):
        if not root.is_relative_to(tree.top):
            break
        project = root / "pyproject.toml"
        if not project.is_file():
            continue
        table = read_toml(project)
        for candidate in _members(table):
            said = read_toml(candidate / "pyproject.toml").at("project").get("name", "")
            if canonicalize_name(str(said)) == canonicalize_name(name):
                return candidate
    raise where.refusal(f"no member of the workspace is called {name!r}.")


def _members(root: TomlFile) -> Iterator[Path]:
    workspace = root.at("tool", "uv", "workspace")
    if workspace:
        yield root.path.parent
    for pattern in root.texts(workspace, "members"):
        for candidate in sorted(root.path.parent.glob(pattern)):
            if (candidate / "pyproject.toml").is_file() and is_member(root, candidate):
                yield candidate
