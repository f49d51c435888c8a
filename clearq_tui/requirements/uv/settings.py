"""The settings in a project that say where uv takes packages from, as pip's options."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path

from clearq_tui.requirements.reading import TomlFile, read_toml


def settings_of_project(directory: Path) -> tuple[str, ...]:
    """Options, one a line, that a directory's `uv.toml` or `pyproject.toml` amounts to.

    The index that uv uses when a project names none is not among them: the machine may have one
    that is nearer.

    Raises:
        RequirementsError: the file is not TOML, or has something else where settings must be.
    """
    own = directory / "uv.toml"
    if own.is_file():  # as uv does, this one alone
        file = read_toml(own)
        return tuple(options_of(file, file.table))
    project = directory / "pyproject.toml"
    if not project.is_file():
        return ()
    file = read_toml(project)
    return tuple(options_of(file, file.at("tool", "uv")))


def options_of(file: TomlFile, table: Mapping[str, object]) -> Iterator[str]:
    """The options that a table of uv's settings amounts to.

    Raises:
        RequirementsError: a setting has the wrong type.
    """
    if table.get("no-index") is True:
        yield "--no-index"
    main = file.text_of(table, "index-url")
    others = list[str](file.texts(table, "extra-index-url"))
    for index in file.tables(table, "index"):
        url = file.text_of(index, "url")
        if index.get("format") == "flat":
            yield _option("--find-links", url)
        elif index.get("default") is True:
            main = url
        else:
            others.append(url)
    if main:
        yield _option("--index-url", main)
    for url in others:
        yield _option("--extra-index-url", url)
    for place in file.texts(table, "find-links"):
        yield _option("--find-links", place)
    yield from _kinds_of_files(file, table)


def _kinds_of_files(file: TomlFile, table: Mapping[str, object]) -> Iterator[str]:
    for setting, option in (("no-binary", "--no-binary"), ("no-build", "--only-binary")):
        if table.get(setting) is True:
            yield f"{option} :all:"
        for package in file.texts(table, f"{setting}-package"):
            yield _option(option, package)
    if table.get("prerelease") == "allow":
        yield "--pre"


def _option(name: str, value: str) -> str:
    return f"{name} {shlex.quote(value)}"
