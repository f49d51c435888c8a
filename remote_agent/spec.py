"""What a lease asks for, and the check that it makes sense before anything is done about it."""

from __future__ import annotations

import re
from typing import Any, Callable, Dict, Mapping, NamedTuple

_SHA256 = re.compile(r"[0-9a-f]{64}\Z")
MODES = ("host", "venv", "conda", "docker")
_SECRET = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}\Z")
"""A secret's name is also the name of its file."""
SECRET_KINDS = ("variable", "file", "login")
"""In a variable, in a file that a variable names, or for the image's registry and no task."""
_MOST_LINES = 100000
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
        and isinstance(value.get("keep", False), bool)
    )


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and len(value) <= _MOST_LINES and all(map(_is_text, value))


def _is_scripts(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(script, dict)
        and script.get("whose") in ("worker", "task")
        and _is_text(script.get("script"))
        for script in value
    )


def _is_files(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(file, dict)
        and _is_text(file.get("path"))
        and isinstance(file.get("sha256"), str)
        and bool(_SHA256.match(file["sha256"]))
        for file in value
    )


def _is_secrets(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(use, dict)
        and use.get("kind") in SECRET_KINDS
        and isinstance(use.get("name"), str)
        and bool(_SECRET.match(use["name"]))
        and _is_text(use.get("target"))
        and use["target"] != ""
        and "=" not in use["target"]
        for use in value
    )


def _is_tools(value: object) -> bool:
    return isinstance(value, dict) and all(_is_named_blob(tool) for tool in value.values())


def _is_named_blob(value: object) -> bool:
    return (
        isinstance(value, dict)
        and _is_blob(value)
        and _is_text(value.get("name"))
        and "/" not in value["name"]
    )


def _is_object_or_nothing(value: object) -> bool:
    return value is None or isinstance(value, dict)


def _is_grace(value: object) -> bool:
    return isinstance(value, (int, float)) and 0 <= value <= 86400


_FIELDS: Dict[str, _Field] = {
    "command": _Field(_is_command, "a list of texts, the program first", required=True),
    "worker": _Field(_is_text, "a worker's name", required=True),
    "machine": _Field(_is_text, "the machine's name", required=False),
    "mode": _Field(lambda value: value in MODES, "one of " + ", ".join(MODES), required=True),
    "environment": _Field(_is_environment, "names and their texts", required=False),
    "blobs": _Field(_is_blobs, "a list of blobs, each with sha256 and size", required=False),
    "code": _Field(_is_object_or_nothing, "an object or nothing", required=False),
    "python": _Field(_is_text, "a version of Python", required=False),
    "setup": _Field(_is_scripts, "scripts, each with whose it is", required=False),
    "system_packages": _Field(_is_texts, "names of system packages", required=False),
    "packages": _Field(_is_object_or_nothing, "an object or nothing", required=False),
    "image": _Field(_is_object_or_nothing, "an object or nothing", required=False),
    "offline": _Field(lambda value: isinstance(value, bool), "true or false", required=False),
    "tools": _Field(_is_tools, "blobs with names, by tool", required=False),
    "python_build": _Field(_is_named_blob, "an archive among the blobs", required=False),
    "files": _Field(_is_files, "paths, each with the blob's sha256", required=False),
    "secrets": _Field(_is_secrets, "secrets with name, kind and target", required=False),
    "gpus": _Field(_is_texts, "UUIDs of GPUs", required=False),
    "grace": _Field(_is_grace, "seconds from 0 to 86400", required=False),
}
