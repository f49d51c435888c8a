"""Which versions of Python a task accepts. Pure."""

from __future__ import annotations

import re

from clearq_tui.provisioning.failure import ProvisionError

_BARE = re.compile(r"\d+(\.\d+){0,2}")
_MOST_MICRO = 60


def fits(version: str, wanted: str) -> bool:
    """Whether a version is what is wanted; `3.11` can be any 3.11.x: it fits if one of them does.

    `wanted` is the beginning of a version, or specifiers such as `>=3.10,<3.13`; empty: any.

    Raises:
        ProvisionError: `wanted` is neither.
    """
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    text = wanted.strip()
    if _BARE.fullmatch(text):
        text = f"=={text}" if text.count(".") > 1 else f"=={text}.*"
    try:
        specifiers = SpecifierSet(text)
    except InvalidSpecifier as error:
        raise ProvisionError(
            f"{wanted!r} is no version of Python; expected something like 3.11 or >=3.10,<3.13."
        ) from error
    if version.count(".") > 1:
        return version in specifiers
    return any(f"{version}.{micro}" in specifiers for micro in range(_MOST_MICRO))
