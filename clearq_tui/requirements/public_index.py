"""The index that installers use when nobody names one."""

from __future__ import annotations


def is_default_index(url: str) -> bool:
    """Whether an index need not be named.

    A lock names the default index as any other. To pass it on would forbid a machine, or a laptop,
    that has a mirror to use it.
    """
    from pip._internal.models.index import PyPI

    return _plain(url) == _plain(PyPI.simple_url)


def _plain(url: str) -> str:
    return url.rstrip("/").lower()
