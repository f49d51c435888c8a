"""Which channels are searched: those of the task, the operator's own, and what they are called."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from clearq_tui.conda.failure import CondaError
from clearq_tui.conda.yaml_file import read_mapping

USUAL = "conda-forge"
"""Searched where nobody names a channel."""
_DEFAULTS = "defaults"
_PARTS_OF_DEFAULTS = ("main", "r")
_TOKEN = re.compile(r"/t/[^/]+/")
_LOCAL = re.compile(r"(/|~|\.\.?/|\.\.?$)")


@dataclass(frozen=True)
class ChannelSettings:
    """What the operator's own configuration of conda says of channels."""

    channels: tuple[str, ...] = ()
    alias: str = ""
    """The URL below which channels lie that are called by a name; empty: rattler's own."""
    defaults: tuple[str, ...] = ()
    """What `defaults` stands for."""
    places: Mapping[str, str] = field(default_factory=dict)
    """URLs below which channels of these names lie."""
    strict: bool = False
    """A package is never taken from a channel when one before that has it, in any version."""


def own_settings(environment: Mapping[str, str] = os.environ) -> ChannelSettings:
    """What the operator's `.condarc` files say, the later of them over the earlier.

    Raises:
        CondaError: one cannot be read.
    """
    said: dict[str, object] = {}
    for path in _condarcs(environment):
        if path.is_file():
            said.update(read_mapping(path))
    places = said.get("custom_channels")
    return ChannelSettings(
        channels=_texts(said.get("channels")),
        alias=str(said.get("channel_alias") or ""),
        defaults=_texts(said.get("default_channels")),
        places={str(name): str(url) for name, url in places.items()}
        if isinstance(places, Mapping)
        else {},
        strict=str(said.get("channel_priority", "")).lower() in ("strict", "true"),
    )


def channels_to_search(
    wanted: Iterable[str], own_channels: bool, settings: ChannelSettings
) -> tuple[str, ...]:
    """URLs, or names that rattler resolves, in the order in which they are searched.

    Raises:
        CondaError: one has a password in it.
    """
    names = [*wanted, *(settings.channels if own_channels else ())]
    found = [place for name in names or [USUAL] for place in resolved(name, settings)]
    return tuple(dict.fromkeys(found))


def resolved(name: str, settings: ChannelSettings) -> tuple[str, ...]:
    """The URLs of what is called so; a bare name where rattler knows better than the settings.

    Raises:
        CondaError: it has a password in it.
    """
    if name == _DEFAULTS:
        parts = settings.defaults or _PARTS_OF_DEFAULTS
        return tuple(url for part in parts if part != name for url in resolved(part, settings))
    if "://" in name:
        refuse_credentials(name)
        return (name.rstrip("/"),)
    base = settings.places.get(name.partition("/")[0], settings.alias)
    if not base:
        return (name,)
    refuse_credentials(base)
    return (f"{base.rstrip('/')}/{name}",)


def spec_in_channel(spec: str, settings: ChannelSettings) -> tuple[str, tuple[str, ...]]:
    """A spec such as `conda-forge::numpy` with its channel's URL, and the channel; or as it is.

    Raises:
        CondaError: the channel has a password in it.
    """
    channel, mark, rest = spec.rpartition("::")
    if not mark or "[" in channel:
        return spec, ()
    places = resolved(channel, settings)
    return f"{places[0]}::{rest}", places


def absolute_channel(channel: str, directory: Path) -> str:
    """A channel that is a path on the laptop as a URL; any other as it is."""
    if "://" in channel or not _LOCAL.match(channel):
        return channel
    return (directory / Path(channel).expanduser()).resolve().as_uri()


def refuse_credentials(url: str) -> None:
    """Nothing that is kept with a task may let somebody in.

    Raises:
        CondaError: a password or a token is part of the URL.
    """
    parts = urlsplit(url)
    if parts.scheme == "file":
        return
    if "@" in parts.netloc or _TOKEN.search(parts.path):
        host = parts.netloc.rpartition("@")[2]
        raise CondaError(
            f"A conda channel on {host} is named with a password or token in its URL, which clearq"
            " would have to write down. Leave it out of the URL and put it into ~/.netrc."
        )


def _condarcs(environment: Mapping[str, str]) -> list[Path]:
    """In the order in which conda reads them, as far as they are the operator's own."""
    home = Path(environment.get("HOME") or Path.home())
    configuration = Path(environment.get("XDG_CONFIG_HOME") or home / ".config")
    paths = [configuration / "conda" / ".condarc", home / ".conda" / ".condarc", home / ".condarc"]
    if chosen := environment.get("CONDARC"):
        paths.append(Path(chosen).expanduser())
    return paths


def _texts(said: object) -> tuple[str, ...]:
    if isinstance(said, str):
        return (said,)
    return tuple(map(str, said)) if isinstance(said, list) else ()
