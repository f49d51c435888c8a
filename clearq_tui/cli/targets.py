"""What an operator types after `machine add`: a target, and the name that it suggests."""

from __future__ import annotations


def suggested_name(target: str) -> str:
    """`gpu1` for `me@gpu1:2222`: the target without account and port."""
    host = target.rpartition("@")[2]
    if host.startswith("["):
        return host[1:].partition("]")[0]
    if host.count(":") == 1:
        return host.partition(":")[0]
    return host
