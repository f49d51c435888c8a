"""The console scripts that a project says it installs."""

from __future__ import annotations

import configparser
import tomllib
from dataclasses import dataclass
from typing import Final

from clearq_tui.parameters.code_files import CodeFiles

_LIMIT: Final = 1 << 18


@dataclass(frozen=True)
class Entry:
    """What a console script runs."""

    module: str
    function: str


def console_script(name: str, files: CodeFiles) -> Entry | None:
    """The entry of this name in the project's `pyproject.toml` or `setup.cfg`."""
    said = _in_pyproject(name, files.read("pyproject.toml", _LIMIT)) or _in_setup(
        name, files.read("setup.cfg", _LIMIT)
    )
    module, colon, function = (said or "").partition(":")
    return Entry(module.strip(), function.partition("[")[0].strip()) if colon else None


def _in_pyproject(name: str, content: bytes | None) -> str | None:
    try:
        document = tomllib.loads((content or b"").decode())
    except ValueError:
        return None
    for path in (("project", "scripts"), ("tool", "poetry", "scripts")):
        table: object = document
        for key in path:
            table = table.get(key) if isinstance(table, dict) else None
        said = table.get(name) if isinstance(table, dict) else None
        if isinstance(said, dict):
            said = said.get("callable") or said.get("reference")
        if isinstance(said, str):
            return said
    return None


def _in_setup(name: str, content: bytes | None) -> str | None:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string((content or b"").decode())
        lines = parser.get("options.entry_points", "console_scripts", fallback="").splitlines()
    except (ValueError, configparser.Error):
        return None
    entries = dict(line.split("=", 1) for line in lines if "=" in line)
    said = {key.strip(): value.strip() for key, value in entries.items()}
    return said.get(name)
