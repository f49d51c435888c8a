"""The indexes that a project names to Poetry."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from clearq_tui.requirements.reading import TomlFile


def options_of_sources(file: TomlFile) -> Iterator[str]:
    """Options of pip's: the first primary index, if there is one, takes the place of the default.

    Raises:
        RequirementsError: a source is malformed.
    """
    main_is_said = False
    for source in file.tables(file.at("tool", "poetry"), "source"):
        url = file.text_of(source, "url")
        if not url:  # Poetry's own name for the default index
            continue
        is_main = file.text_of(source, "priority") in {"", "primary", "default"}
        if is_main and source.get("secondary") is not True and not main_is_said:
            main_is_said = True
            yield f"--index-url {shlex.quote(url)}"
        else:
            yield f"--extra-index-url {shlex.quote(url)}"
