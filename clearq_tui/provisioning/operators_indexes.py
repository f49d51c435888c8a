"""How the operator has set pip and uv up, so that either may fetch in the other's place."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

from clearq_tui.provisioning.errand import Errand
from clearq_tui.provisioning.index_options import IndexOptions, OperatorsIndexes
from remote_agent.python_environments.index_settings import pip_settings

_UV_INDEXES = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_INDEX", "UV_EXTRA_INDEX_URL")
_UV_SETTINGS = frozenset({"index", "index-url", "extra-index-url", "find-links", "no-index"})
_CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "UV_SYSTEM_CERTS", "UV_NATIVE_TLS")
_PROXIES = ("ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "all_proxy", "https_proxy", "http_proxy")


def operators_indexes(errand: Errand) -> OperatorsIndexes:
    """What files and variables say, to pip and to uv; what uv is told goes before."""
    variables = errand.environment
    pip = pip_settings(variables, sys.prefix)
    more = _tls(pip, variables)
    if any(variables.get(name) for name in (*_UV_INDEXES, "UV_FIND_LINKS")):
        return OperatorsIndexes(IndexOptions(), indexes_of_uv(variables), more)
    if _has_uv_file(variables):
        return OperatorsIndexes(IndexOptions(), IndexOptions(), more)
    if pip.get("constraint") and not variables.get("UV_CONSTRAINT"):
        more["UV_CONSTRAINT"] = pip["constraint"]
    return OperatorsIndexes(indexes_of_pip(pip), IndexOptions(), more)


def indexes_of_uv(variables: Mapping[str, str]) -> IndexOptions:
    """What uv's environment variables say."""
    main = variables.get("UV_DEFAULT_INDEX") or variables.get("UV_INDEX_URL") or ""
    others = f"{variables.get('UV_INDEX', '')} {variables.get('UV_EXTRA_INDEX_URL', '')}".split()
    # uv lets an index have a name: `name=address`.
    named = [_without_name(each) for each in ([main] if main else []) + others]
    places = tuple(variables.get("UV_FIND_LINKS", "").replace(",", " ").split())
    return IndexOptions(tuple(named), only_extra=not main, find_links=places)


def indexes_of_pip(settings: Mapping[str, str]) -> IndexOptions:
    """What pip's settings say."""
    main = settings.get("index-url", "").split()[:1]
    return IndexOptions(
        indexes=(*main, *settings.get("extra-index-url", "").split()),
        only_extra=not main,
        find_links=tuple(settings.get("find-links", "").split()),
        no_index=settings.get("no-index", "").lower() in ("1", "true", "yes", "on"),
        prereleases=settings.get("pre", "").lower() in ("1", "true", "yes", "on"),
        trusted_hosts=tuple(settings.get("trusted-host", "").split()),
    )


def _tls(pip: Mapping[str, str], variables: Mapping[str, str]) -> dict[str, str]:
    """Certificates and a proxy that pip was told of, for uv, if it was told of none."""
    said = {}
    if pip.get("cert") and not any(variables.get(name) for name in _CERTIFICATES):
        said["SSL_CERT_FILE"] = pip["cert"]
    if pip.get("proxy") and not any(variables.get(name) for name in _PROXIES):
        said["ALL_PROXY"] = pip["proxy"]
    return said


def _has_uv_file(variables: Mapping[str, str]) -> bool:
    """Whether a configuration file of uv's, the account's or the system's, names indexes."""
    home = variables.get("HOME", "")
    own = variables.get("XDG_CONFIG_HOME") or f"{home}/.config"
    named = variables.get("UV_CONFIG_FILE")
    for path in [named] if named else [f"{own}/uv/uv.toml", "/etc/uv/uv.toml"]:
        try:
            table = tomllib.loads(Path(path).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        pip = table.get("pip", {})
        if _UV_SETTINGS & (table.keys() | (pip.keys() if isinstance(pip, dict) else set())):
            return True
    return False


def _without_name(index: str) -> str:
    name, equals, address = index.partition("=")
    return address if equals and "/" not in name and ":" not in name else index
