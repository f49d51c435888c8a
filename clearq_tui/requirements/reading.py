"""Read files of the operator's: text in whatever encoding it says it is in, and TOML."""

from __future__ import annotations

import codecs
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from clearq_tui.requirements.failure import RequirementsError, Where

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark is the beginning of this one
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")


def read_text(path: Path) -> str:
    """A file's text: by its byte order mark, its `coding:` comment, or as UTF-8.

    Raises:
        RequirementsError: the file cannot be read, or is in another encoding.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise RequirementsError(f"{path} cannot be read: {error.strerror}.") from error
    encoding, start = _encoding(content, path)
    try:
        return content[start:].decode(encoding)
    except UnicodeDecodeError as error:
        line = content[: start + error.start].count(b"\n") + 1
        raise Where(str(path), line).refusal(
            f"the text is not {encoding.upper()}; save the file as UTF-8."
        ) from error


def _encoding(content: bytes, path: Path) -> tuple[str, int]:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return encoding, len(mark)
    for number, line in enumerate(content.split(b"\n", 2)[:2], 1):
        if declared := _DECLARED.match(line):
            name = declared[1].decode("ascii")
            try:
                return codecs.lookup(name).name, 0
            except LookupError as error:
                raise Where(str(path), number).refusal(f"there is no encoding {name!r}.") from error
    return "utf-8", 0


@dataclass(frozen=True)
class TomlFile:
    """A TOML file that was read, and where in it things stand."""

    path: Path
    text: str
    table: Mapping[str, object]

    def where(self, *needles: str) -> Where:
        """The first line that holds all of the texts; the file alone when none does."""
        for number, line in enumerate(self.text.splitlines(), 1):
            if all(needle in line for needle in needles):
                return Where(str(self.path), number)
        return Where(str(self.path))

    def at(self, *names: str) -> Mapping[str, object]:
        """The table below the names; empty when there is none.

        Raises:
            RequirementsError: something else than a table is there.
        """
        found: object = self.table
        for name in names:
            found = found.get(name, {}) if isinstance(found, Mapping) else found
        if not isinstance(found, Mapping):
            raise self.where(names[-1]).refusal(f"{'.'.join(names)} must be a table.")
        return found

    def texts(self, table: Mapping[str, object], name: str) -> tuple[str, ...]:
        """The list of texts under a name of the table; empty when there is none.

        Raises:
            RequirementsError: it is something else.
        """
        value = table.get(name, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.where(name).refusal(f"{name} must be a list of strings.")
        return tuple(value)

    def text_of(self, table: Mapping[str, object], name: str) -> str:
        """The text under a name of the table; empty when there is none.

        Raises:
            RequirementsError: it is something else.
        """
        value = table.get(name, "")
        if not isinstance(value, str):
            raise self.where(name).refusal(f"{name} must be a string.")
        return value

    def tables(self, table: Mapping[str, object], name: str) -> tuple[Mapping[str, object], ...]:
        """The list of tables under a name of the table; empty when there is none.

        Raises:
            RequirementsError: it is something else.
        """
        value = table.get(name, [])
        if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
            raise self.where(name).refusal(f"{name} must be a list of tables.")
        return tuple(value)


def read_toml(path: Path) -> TomlFile:
    """Read a TOML file.

    Raises:
        RequirementsError: it cannot be read, or is not TOML.
    """
    text = read_text(path)
    return toml_of(path, text)


def toml_of(path: Path, text: str) -> TomlFile:
    """TOML that was read already; `path` is where it came from.

    Raises:
        RequirementsError: it is not TOML.
    """
    try:
        return TomlFile(path, text, tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        number = int(line[1]) if line else len(text.splitlines())
        raise Where(str(path), number).refusal(f"this is not TOML: {error}.") from error
