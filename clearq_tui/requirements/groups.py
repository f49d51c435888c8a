"""Dependency groups (PEP 735), with those that they include."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from packaging.utils import canonicalize_name

from clearq_tui.requirements.declared import Declared
from clearq_tui.requirements.reading import TomlFile
from clearq_tui.requirements.wish import refuse_unknown


def group_of(file: TomlFile, name: str, through: tuple[str, ...] = ()) -> Iterator[Declared]:
    """What a group of a pyproject.toml requires.

    Raises:
        RequirementsError: there is no such group, it is malformed, or it includes itself.
    """
    groups = file.at("dependency-groups")
    known = {canonicalize_name(each): each for each in groups}
    wanted = canonicalize_name(name)
    refuse_unknown("dependency group", wanted, known, str(file.path))
    if wanted in through:
        chain = " → ".join((*through, wanted))
        raise file.where("include-group").refusal(f"groups include each other: {chain}.")
    items = groups[known[wanted]]
    if not isinstance(items, list):
        raise file.where(known[wanted]).refusal(f"the group {name!r} must be a list.")
    for item in items:
        if isinstance(item, str):
            yield Declared(item, file.where(item))
        elif isinstance(item, Mapping) and isinstance(item.get("include-group"), str):
            yield from group_of(file, item["include-group"], (*through, wanted))
        else:
            raise file.where(known[wanted]).refusal(
                f"the group {name!r} has {item!r}, which is neither a requirement nor a group."
            )
