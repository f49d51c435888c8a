"""Addresses of remote repositories, fit to be shown and sent."""

from __future__ import annotations

import re

_WITH_SCHEME = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<user>[^/?#]*@)?(?P<rest>.*)")
_KEEPS_USER = frozenset({"ssh", "git+ssh", "ssh+git"})


def without_credentials(url: str) -> str:
    """The address without password, token or query.

    Over ssh the user's name is part of the address and stays; anywhere else what stands before the
    @ may be a token, so all of it goes. `git@host:path` carries no secret and is left alone.
    """
    match = _WITH_SCHEME.fullmatch(url)
    if match is None:
        return url
    scheme, user, rest = match["scheme"], match["user"] or "", match["rest"]
    name = user.rstrip("@").split(":", 1)[0]
    kept = f"{name}@" if name and scheme.lower() in _KEEPS_USER else ""
    return f"{scheme}://{kept}{re.split('[?#]', rest, maxsplit=1)[0]}"
