"""Dependencies as Poetry writes them, in a project and in its lock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from packaging.utils import canonicalize_name

from clearq_tui.requirements.conditions import ALWAYS, Condition, both, condition_of, marker_of
from clearq_tui.requirements.failure import Where
from clearq_tui.requirements.local_places import as_path
from clearq_tui.requirements.poetry.constraints import alternatives_of, python_condition
from clearq_tui.requirements.reading import TomlFile

_PLATFORM = "sys_platform"


@dataclass(frozen=True)
class Dependency:
    """A package that is needed under a condition."""

    name: str
    """Normalized."""
    versions: tuple[str, ...]
    """Version specifiers, of which any one must be satisfied."""
    where: Where
    extras: tuple[str, ...] = ()
    condition: Condition = ALWAYS
    is_optional: bool = False
    """Needed only by the extras that list it."""
    place: Mapping[str, str] = field(default_factory=dict)
    """`git`, `url`, `path` or `file` and what belongs to it; empty: an index."""
    is_editable: bool = False

    def line(self) -> str:
        """As a line of a requirements file.

        Raises:
            RequirementsError: only Poetry can express the versions that are allowed.
        """
        extras = f"[{','.join(self.extras)}]" if self.extras else ""
        marker = marker_of(self.condition)
        text = self._text(extras)
        return f"{text} ; {marker}" if marker else text

    def _text(self, extras: str) -> str:
        place = self.place
        below = f"#subdirectory={place['subdirectory']}" if "subdirectory" in place else ""
        if url := place.get("git"):
            revision = place.get("rev") or place.get("tag") or place.get("branch")
            at = f"@{revision}" if revision else ""
            return f"{self.name}{extras} @ git+{url}{at}{below}"
        if url := place.get("url"):
            return f"{self.name}{extras} @ {url}{below}"
        if path := place.get("path") or place.get("file"):
            return f"{'-e ' if self.is_editable else ''}{as_path(path)}{extras}"
        if len(self.versions) > 1:
            raise self.where.refusal(
                f"{self.name} is wanted in versions {' or '.join(self.versions)}, which only "
                "Poetry can choose from; run `poetry lock`, or name one range."
            )
        return f"{self.name}{extras}{self.versions[0]}"


def dependencies_of(file: TomlFile, table: Mapping[str, object]) -> Iterator[Dependency]:
    """What a table of Poetry's says, Python itself left out.

    Raises:
        RequirementsError: a dependency is malformed.
    """
    for name, said in table.items():
        if name.lower() == "python":
            continue
        for one in said if isinstance(said, list) else [said]:
            yield _dependency(file, name, one)


def _dependency(file: TomlFile, name: str, said: object) -> Dependency:
    where = file.where(name)
    if isinstance(said, str):
        return Dependency(canonicalize_name(name), alternatives_of(said, where), where)
    if not isinstance(said, Mapping):
        raise where.refusal(f"{name!r} must be a version or a table.")
    return Dependency(
        canonicalize_name(name),
        alternatives_of(file.text_of(said, "version") or "*", where),
        where,
        extras=tuple(sorted(canonicalize_name(each) for each in file.texts(said, "extras"))),
        condition=_condition(file, said, where),
        is_optional=said.get("optional") is True,
        place=_place(said),
        is_editable=said.get("develop") is True,
    )


def _condition(file: TomlFile, said: Mapping[str, object], where: Where) -> Condition:
    platform = file.text_of(said, "platform")
    return both(
        condition_of(file.text_of(said, "markers"), where),
        python_condition(file.text_of(said, "python") or "*", where),
        condition_of(f"{_PLATFORM} == '{platform}'" if platform else "", where),
    )


def _place(said: Mapping[str, object]) -> dict[str, str]:
    known = ("git", "url", "path", "file", "rev", "tag", "branch", "subdirectory")
    return {key: value for key in known if isinstance(value := said.get(key), str)}
