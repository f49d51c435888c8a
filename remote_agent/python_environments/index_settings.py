"""The machine's own settings of pip, and the same said to uv, which does not read them."""

from __future__ import annotations

import configparser
import os
from typing import Dict, Iterator, List, Mapping, Sequence

_SECTIONS = ("global", "install")
_AS_UV_SAYS = {
    "index-url": "UV_INDEX_URL",
    "extra-index-url": "UV_EXTRA_INDEX_URL",
    "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST",
    "constraint": "UV_CONSTRAINT",
}
_SEPARATED_BY_COMMAS = frozenset({"find-links"})
_OF_UV = ("UV_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX", "UV_EXTRA_INDEX_URL", "UV_CONFIG_FILE")
_ON_MACOS = "/Library/Application Support"
CERTIFICATES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
_CERTIFICATES_SETTING = "SSL_CERT_FILE"


def pip_settings(variables: Mapping[str, str], base: str) -> Dict[str, str]:
    """What pip is told on this machine by files and variables; values of several words as given.

    Args:
        variables: of the environment.
        base: the directory under which the Python was installed.
    """
    found: Dict[str, str] = {}
    for path in _files(variables, base):
        reader = configparser.RawConfigParser()
        try:
            reader.read(path, encoding="utf-8")
        except (configparser.Error, UnicodeDecodeError):
            continue  # pip itself would stop; uv need not
        for section in _SECTIONS:
            if reader.has_section(section):
                found.update(reader.items(section))
    for name, value in variables.items():
        if name.startswith("PIP_") and value:
            found[name[len("PIP_") :].lower().replace("_", "-")] = value
    return found


def settings_for_uv(
    variables: Mapping[str, str], pip: Mapping[str, str], options: Sequence[str]
) -> Dict[str, str]:
    """Variables that have uv look where pip would, unless uv is told something of its own.

    Args:
        variables: of the environment.
        pip: see `pip_settings`.
        options: of the requirements, which go before what pip's settings say.
    """
    found: Dict[str, str] = {}
    bundle = pip.get("cert") or next(filter(os.path.exists, CERTIFICATES), "")
    if bundle and _CERTIFICATES_SETTING not in variables:
        found[_CERTIFICATES_SETTING] = bundle  # uv would only trust a list of its own
    if "UV_INDEX_STRATEGY" not in variables:
        # Requirements are written for pip, to which all indexes are equal.
        found["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    if any(name in variables for name in _OF_UV) or any(map(os.path.exists, _uv_files(variables))):
        return found
    for name, as_uv_says in _AS_UV_SAYS.items():
        words = pip.get(name, "").split()
        if words and as_uv_says not in variables and not _says(options, name):
            found[as_uv_says] = ("," if name in _SEPARATED_BY_COMMAS else " ").join(words)
    return found


def _says(options: Sequence[str], name: str) -> bool:
    """Whether the options replace the setting."""
    replacing = {
        "index-url": ("--index-url", "-i ", "--no-index"),
        "extra-index-url": ("--no-index",),
    }
    return any(option.startswith(replacing.get(name, ())) for option in options)


def _files(variables: Mapping[str, str], base: str) -> Iterator[str]:
    """pip's files of settings, what goes before coming last."""
    chosen = variables.get("PIP_CONFIG_FILE", "")
    if chosen == os.devnull:
        return
    home = variables.get("HOME", os.path.expanduser("~"))
    for directory in reversed(variables.get("XDG_CONFIG_DIRS", "/etc/xdg").split(os.pathsep)):
        yield os.path.join(directory, "pip", "pip.conf")
    yield "/etc/pip.conf"
    yield os.path.join(_ON_MACOS, "pip", "pip.conf")
    yield os.path.join(home, ".pip", "pip.conf")
    yield os.path.join(home, *_ON_MACOS.split("/"), "pip", "pip.conf")
    yield os.path.join(_configuration(variables, home), "pip", "pip.conf")
    yield os.path.join(base, "pip.conf")
    if chosen:
        yield chosen


def _uv_files(variables: Mapping[str, str]) -> List[str]:
    home = variables.get("HOME", os.path.expanduser("~"))
    return [os.path.join(_configuration(variables, home), "uv", "uv.toml"), "/etc/uv/uv.toml"]


def _configuration(variables: Mapping[str, str], home: str) -> str:
    return variables.get("XDG_CONFIG_HOME") or os.path.join(home, ".config")
