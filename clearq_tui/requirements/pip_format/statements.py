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
    "-e": "--editable",
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
_WITH_VALUE = _FOR_ALL | _FOR_ONE | _OTHER_FILES | {"--editable"}
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
    requirement, options = _split(line)
    said = list(_options(options, where))
    for_one = [option for option in said if option.name in _FOR_ONE]
    editable = [option for option in said if option.name == "--editable"]
    for option in said:
        if option.name in _OTHER_FILES:
            yield OtherFile(option.value, option.name == "--constraint")
        elif option not in for_one and option not in editable:
            yield option
    texts = [(requirement, False)] if requirement else []
    texts += [(option.value, True) for option in editable]
    if for_one and not texts:
        raise where.refusal(f"{for_one[0].name} belongs behind a requirement.")
    for text, is_editable in texts:
        yield Entry(
            text,
            hashes=tuple(_hash(option, where) for option in for_one if option.name == "--hash"),
            settings=tuple(
                shlex.quote(f"{option.name}={option.value}")
                for option in for_one
                if option.name != "--hash"
            ),
            editable=is_editable,
        )


def _split(line: str) -> tuple[str, str]:
    """The requirement, and the options that begin at the first word with a dash."""
    words = line.split(" ")
    for index, word in enumerate(words):
        if word.startswith("-"):
            return " ".join(words[:index]).strip(), " ".join(words[index:])
    return line.strip(), ""


def _options(text: str, where: Where) -> Iterator[Option]:
    try:
        words = iter(shlex.split(text))
    except ValueError as error:
        raise where.refusal(f"a quotation mark in {text!r} is never closed.") from error
    for word in words:
        name, has_value, value = _taken_apart(word)
        if name in _FLAGS and not has_value:
            yield Option(name)
            continue
        if name not in _WITH_VALUE:
            raise where.refusal(f"{word!r} is not an option of requirements files.")
        if not has_value:
            value = next(words, "")
        if name == "--editable":
            # Its value may have blanks: `-e .[train] ; python_version > "3"`.
            value = " ".join([value, *words])
        if not value:
            raise where.refusal(f"{name} says no value.")
        yield Option(name, value)


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
