"""What one line of a requirements file says."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from clearq_tui.requirements.entries import Entry
from clearq_tui.requirements.failure import Where

_SHORT = {
    "-i": "--index-url",
    "-f": "--find-links",
    "-r": "--requirement",
    "-c": "--constraint",
    "-C": "--config-settings",
}
_OTHER_NAMES = {"--pypi-url": "--index-url", "--config-setting": "--config-settings"}
_FOR_ALL = frozenset(
    {
        "--index-url", "--extra-index-url", "--find-links", "--no-binary", "--only-binary",
        "--trusted-host", "--use-feature", "--all-releases", "--only-final",
    }
)  # fmt: skip
_FLAGS = frozenset({"--no-index", "--pre", "--prefer-binary", "--require-hashes"})
_FOR_ONE = frozenset({"--hash", "--config-settings", "--global-option"})
_OTHER_FILES = frozenset({"--requirement", "--constraint"})
_WITH_VALUE = _FOR_ALL | _FOR_ONE | _OTHER_FILES
_EDITABLE = re.compile(r"(?:-e\s*|--editable(?:\s+|=))(?P<value>.*?)(?P<rest>\s--.*)?")
_HASH = re.compile(r"(sha256|sha384|sha512):[0-9a-fA-F]+")


@dataclass(frozen=True)
class OtherFile:
    """`-r FILE` or `-c FILE`."""

    name: str
    is_constraint: bool


@dataclass(frozen=True)
class Option:
    """An option for the whole installation, such as `--pre`."""

    name: str
    value: str = ""

    def __str__(self) -> str:
        """As it is written in a requirements file."""
        return f"{self.name} {self.value}".rstrip()


Statement = Entry | OtherFile | Option


def statements(line: str, where: Where) -> Iterator[Statement]:
    """Read one logical line.

    Raises:
        RequirementsError: an option is unknown, lacks its value, or stands where it cannot.
    """
    editable = _EDITABLE.fullmatch(line)
    if editable:
        text, options = _without_quotes(editable["value"], where), editable["rest"] or ""
        if not text:
            raise where.refusal("--editable says no value.")
    else:
        text, options = _split(line)
    said = list(_options(options, where))
    for_one = [option for option in said if option.name in _FOR_ONE]
    if for_one and not text:
        raise where.refusal(f"{for_one[0].name} belongs behind a requirement.")
    for option in said:
        if option.name in _OTHER_FILES:
            yield OtherFile(option.value, option.name == "--constraint")
        elif option not in for_one:
            yield option
    if text:
        yield Entry(
            text,
            hashes=tuple(_hash(option, where) for option in for_one if option.name == "--hash"),
            settings=tuple(
                shlex.quote(f"{option.name}={option.value}")
                for option in for_one
                if option.name != "--hash"
            ),
            editable=editable is not None,
        )


def _without_quotes(text: str, where: Where) -> str:
    """A place that may be quoted, and a marker whose quotation marks stay."""
    place, separator, marker = text.partition(";")
    return f"{' '.join(_words(place, where))}{separator}{marker}".strip()


def _split(line: str) -> tuple[str, str]:
    """The requirement, and the options that begin at the first word with a dash."""
    words = line.split(" ")
    for index, word in enumerate(words):
        if word.startswith("-"):
            return " ".join(words[:index]).strip(), " ".join(words[index:])
    return line.strip(), ""


def _options(text: str, where: Where) -> Iterator[Option]:
    words = iter(_words(text, where))
    for word in words:
        name, has_value, value = _taken_apart(word)
        if name in _FLAGS and not has_value:
            yield Option(name)
            continue
        if name not in _WITH_VALUE:
            raise where.refusal(f"{word!r} is not an option of requirements files.")
        if not has_value:
            value = next(words, "")
        if not value:
            raise where.refusal(f"{name} says no value.")
        yield Option(name, value)


def _words(text: str, where: Where) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError as error:
        raise where.refusal(f"a quotation mark in {text!r} is never closed.") from error


def _taken_apart(word: str) -> tuple[str, bool, str]:
    if word.startswith("--"):
        name, equals, value = word.partition("=")
        return _OTHER_NAMES.get(name, name), bool(equals), value
    name = _SHORT.get(word[:2], word)
    return name, len(word) > 2 and name in _WITH_VALUE, word[2:].removeprefix("=")


def _hash(option: Option, where: Where) -> str:
    if not _HASH.fullmatch(option.value):
        raise where.refusal(
            f"{option.value!r} is not a hash; expected sha256:, sha384: or sha512: and hex digits."
        )
    return option.value
