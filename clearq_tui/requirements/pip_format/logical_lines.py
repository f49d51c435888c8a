"""The lines of a requirements file: continued ones joined, comments and blank ones gone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from clearq_tui.requirements.failure import Where

_COMMENT = re.compile(r"(^|\s+)#.*$")
_VARIABLE = re.compile(r"\$\{(?P<name>[A-Z0-9_]+)\}")
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


def logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Each line that says something, with the number of the line where it begins."""
    for number, line in _joined(text):
        said = _COMMENT.sub("", line).strip()
        if said:
            yield number, said


def _joined(text: str) -> Iterator[tuple[int, str]]:
    first, parts = 0, list[str]()
    number = 0
    for number, line in enumerate(text.splitlines(), 1):
        first = first if parts else number
        is_comment = _COMMENT.match(line) is not None
        if line.endswith("\\") and not is_comment:
            parts.append(line.strip("\\"))
            continue
        # The blank makes a comment that ends a continued line a comment still.
        yield first, "".join([*parts, f" {line}" if is_comment else line])
        parts = []
    if parts:
        yield first, "".join(parts)


def with_variables(line: str, variables: Mapping[str, str], where: Where) -> str:
    """Fill in `${NAME}`, except inside of URLs.

    In a URL it may be a password: it stays as it is for whoever installs, so that no value of it is
    ever kept.

    Raises:
        RequirementsError: a variable outside of URLs is not set.
    """

    def value(match: re.Match[str]) -> str:
        name = match["name"]
        if name not in variables:
            raise where.refusal(f"the variable {name} is not set here.")
        return variables[name]

    return "".join(
        word if _is_remote(word) else _VARIABLE.sub(value, word)
        for word in re.split(r"(\s+)", line)
    )


def _is_remote(word: str) -> bool:
    scheme = _URL.search(word)
    return scheme is not None and not word[scheme.start() :].startswith("file://")
