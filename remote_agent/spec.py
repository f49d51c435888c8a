"""What a lease asks for, and the check that it makes sense before anything is done about it."""

from __future__ import annotations

import re
from typing import Any, Callable, Dict, Mapping, NamedTuple

_SHA256 = re.compile(r"[0-9a-f]{64}\Z")
MODES = ("host",)
LARGEST_BLOB = 64 << 30


class _Field(NamedTuple):
    fits: Callable[[object], bool]
    expected: str
    required: bool


def why_invalid(spec: Mapping[str, Any]) -> str:
    """One sentence that names the field, the value and what was expected; empty: all is well."""
    for name, field in _FIELDS.items():
        if name not in spec:
            if field.required:
                return "The task cannot be run: its %s is missing; expected %s." % (
                    name,
                    field.expected,
                )
        elif not field.fits(spec[name]):
            return "The task cannot be run: its %s is %.80r; expected %s." % (
                name,
                spec[name],
                field.expected,
            )
    return ""


def _is_text(value: object) -> bool:
    return isinstance(value, str) and "\0" not in value


def _is_command(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_is_text, value)) and value[0] != ""


def _is_environment(value: object) -> bool:
    return isinstance(value, dict) and all(
        _is_text(name) and name and "=" not in name and _is_text(text)
        for name, text in value.items()
    )


def _is_blobs(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_blob, value))


def _is_blob(value: object) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("sha256"), str)
        and bool(_SHA256.match(value["sha256"]))
        and isinstance(value.get("size"), int)
        and 0 <= value["size"] <= LARGEST_BLOB
    )


def _is_grace(value: object) -> bool:
    return isinstance(value, (int, float)) and 0 <= value <= 86400


_FIELDS: Dict[str, _Field] = {
    "command": _Field(_is_command, "a list of texts, the program first", required=True),
    "worker": _Field(_is_text, "a worker's name", required=True),
    "mode": _Field(lambda value: value in MODES, "one of " + ", ".join(MODES), required=True),
    "environment": _Field(_is_environment, "names and their texts", required=False),
    "blobs": _Field(_is_blobs, "a list of blobs, each with sha256 and size", required=False),
    "code": _Field(
        lambda value: value is None or isinstance(value, dict),
        "an object or nothing",
        required=False,
    ),
    "grace": _Field(_is_grace, "seconds from 0 to 86400", required=False),
}
