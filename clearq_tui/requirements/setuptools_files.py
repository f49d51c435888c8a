"""Requirements that setuptools reads from files which a pyproject.toml names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from clearq_tui.requirements.declared import Declared
from clearq_tui.requirements.failure import Where
from clearq_tui.requirements.pip_format.logical_lines import logical_lines
from clearq_tui.requirements.reading import TomlFile, read_text


def dynamic_requirements(file: TomlFile, field: str, extra: str = "") -> Iterator[Declared]:
    """What the files of a dynamic field say; nothing where another build back end fills it in.

    Raises:
        RequirementsError: a file is missing or cannot be read.
    """
    names = (field, extra) if extra else (field,)
    source = file.at("tool", "setuptools", "dynamic", *names)
    for name in _names(file, source):
        path = file.path.parent / name
        if not path.is_file():
            raise file.where(name).refusal(f"there is no file {str(path)!r}.")
        for number, line in logical_lines(read_text(path)):
            yield Declared(line, Where(str(path), number))


def _names(file: TomlFile, source: Mapping[str, object]) -> tuple[str, ...]:
    if isinstance(source.get("file"), str):
        return (file.text_of(source, "file"),)
    return file.texts(source, "file")
