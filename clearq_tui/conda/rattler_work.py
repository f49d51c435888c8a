"""`python -m clearq_tui.conda.rattler_work`: one piece of work for rattler, in its own process.

A large channel's index takes hundreds of megabytes, and a fault in native code ends a process: so
neither happens in the controller. The order comes as JSON on standard input; lines of JSON go out,
`{"say": text}` while it goes on and `{"done": value}` or `{"failed": text}` at its end.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import rattler
from rattler.exceptions import GatewayError, InvalidMatchSpecError, SolverError
from rattler.package_streaming import PackageArchive, download_to_path

_SOLVE_SECONDS = 900.0
"""For reading the channels' indexes and solving together."""
_STALLED_SECONDS = 90.0
"""After which a download that brings nothing is given up."""
_LOOK_EVERY = 1.0
_AT_ONCE = 8
"""Downloads."""
_TRIES = 3

Order = Mapping[str, Any]


async def solve(order: Order) -> dict[str, object]:
    """The packages that fulfil the order's specs, and the URLs of its channels."""
    gateway, client = _gateway(order)
    del client
    channels = [rattler.Channel(name) for name in order["channels"]]
    options: dict[str, Any] = {
        "sources": channels,
        "specs": [_spec(text) for text in order["specs"]],
        "gateway": gateway,
        "platforms": [order["subdir"], "noarch"],
        "virtual_packages": [_virtual(*package) for package in order["virtual"]],
    }
    try:
        records = await rattler.solve(**options)
    except SolverError:
        if order["strict"]:
            raise
        # As conda does unless it is told to be strict: a later channel's version may serve.
        say("With strict channel priority there is no solution; trying without.")
        records = await rattler.solve(**options, channel_priority=rattler.ChannelPriority.Disabled)
    return {
        "channels": [channel.base_url.rstrip("/") for channel in channels],
        "packages": [_described(record) for record in records],
    }


async def describe(order: Order) -> list[dict[str, object] | None]:
    """For each URL what its channel's index says of the package; None where it says nothing."""
    gateway, client = _gateway(order)
    del client
    known: dict[str, dict[str, object]] = {}
    for channel, subdir, names in order["groups"]:
        try:
            found = await gateway.query(
                [rattler.Channel(channel)], [subdir], names, recursive=False
            )
        except GatewayError:
            continue  # it has no index, or none any more: the packages themselves will tell
        known.update((record.url, _described(record)) for records in found for record in records)
    return [known.get(url) for url in order["urls"]]


async def inspect(order: Order) -> list[dict[str, object]]:
    """What each archive on disk says of itself."""
    records = [await rattler.RepoDataRecord.from_package_archive(path) for path in order["paths"]]
    return [_described(record) for record in records]


async def distributions(order: Order) -> list[str]:
    """What the archives bring of Python's packages: the names of directories that describe them."""
    found: set[str] = set()
    for path in order["paths"]:
        archive = await PackageArchive.from_path(path)
        for entry in (await archive.paths_json()).paths:
            parts = Path(entry.relative_path).parts
            found.update(part for part in parts if part.endswith((".dist-info", ".egg-info")))
    return sorted(found)


async def fetch(order: Order) -> int:
    """Put the archive behind each URL into its file; the number of bytes."""
    _, client = _gateway(order)
    turn = asyncio.Semaphore(_AT_ONCE)

    async def one(url: str, path: Path) -> int:
        async with turn:
            await _while_it_grows(download_to_path(client, url, path), path)
            return _size(path)

    downloads = (one(url, Path(path)) for url, path in order["files"])
    # All of them, also when one fails: what has come need not be fetched again.
    done = await asyncio.gather(*downloads, return_exceptions=True)
    total = 0
    for size in done:
        if isinstance(size, BaseException):
            raise size
        total += size
    return total


async def read_lock(order: Order) -> dict[str, list[list[str]]]:
    """By platform, each package of a lock file: kind, name, version, URL, SHA-256, MD5."""
    environment = rattler.LockFile.from_path(order["path"]).default_environment()
    if environment is None:
        return {}
    return {
        platform.name: [_entry(package) for package in environment.packages(platform) or ()]
        for platform in environment.platforms()
    }


async def _while_it_grows(download: Awaitable[None], path: Path) -> None:
    """Let it go on for as long as anything comes.

    Raises:
        TimeoutError: nothing has come for a while.
    """
    task = asyncio.ensure_future(download)
    size, since = -1, asyncio.get_running_loop().time()
    while not (await asyncio.wait({task}, timeout=_LOOK_EVERY))[0]:
        now, grown = asyncio.get_running_loop().time(), _size(path)
        if grown != size:
            size, since = grown, now
        elif now - since > _STALLED_SECONDS:
            task.cancel()
            raise TimeoutError(f"nothing has come of it for {_STALLED_SECONDS:.0f} s")
    await task


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _gateway(order: Order) -> tuple[rattler.Gateway, rattler.Client]:
    # The system's certificates: companies have their own.
    config = rattler.Config.from_toml('tls-root-certs = "system"')
    client = rattler.Client.from_config(config, max_retries=_TRIES)
    return rattler.Gateway(cache_dir=Path(order["cache"]), client=client), client


def _spec(text: str) -> rattler.MatchSpec:
    try:
        return rattler.MatchSpec(text, strict=False)
    except InvalidMatchSpecError as error:
        raise ValueError(f"{text!r} is no conda package to look for: {error}") from error


def _virtual(name: str, version: str, build: str) -> rattler.GenericVirtualPackage:
    return rattler.GenericVirtualPackage(
        rattler.PackageName(name), rattler.Version(version), rattler.BuildString(build)
    )


def _described(record: rattler.RepoDataRecord) -> dict[str, object]:
    return {
        "url": record.url,
        "name": record.name.normalized,
        "version": str(record.version),
        "build": str(record.build),
        "subdir": record.subdir,
        "sha256": _hex(record.sha256),
        "md5": _hex(record.md5),
        "size": record.size or 0,
        "depends": record.depends,
        "site_packages": record.python_site_packages_path or "",
    }


def _entry(package: rattler.LockedPackage) -> list[str]:
    hashes = package.hashes
    kind, version = "conda", ""
    if isinstance(package, rattler.PypiLockedPackage):
        kind, version = "pip", package.version
    return [
        kind,
        package.name,
        version,
        package.location,
        _hex(hashes.sha256 if hashes else None),
        _hex(hashes.md5 if hashes else None),
    ]


def _hex(digest: bytes | None) -> str:
    return digest.hex() if digest else ""


def say(text: str) -> None:
    """Let whoever ordered the work know how it goes."""
    _tell({"say": text})


def _tell(message: Mapping[str, object]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


WORK: Mapping[str, Callable[[Order], Awaitable[object]]] = {
    "solve": solve,
    "describe": describe,
    "inspect": inspect,
    "distributions": distributions,
    "fetch": fetch,
    "read_lock": read_lock,
}


async def _carry_out(order: Order) -> object:
    work = WORK[order["work"]](order)
    limit = None if order["work"] == "fetch" else _SOLVE_SECONDS
    return await asyncio.wait_for(work, limit)


def main() -> int:
    """Carry out the order; 0 when it is done."""
    order: Order = json.load(sys.stdin)
    try:
        _tell({"done": asyncio.run(_carry_out(order))})
    except Exception as error:  # noqa: BLE001 - whatever rattler says is for the operator
        _tell({"failed": str(error) or type(error).__name__})
        return 1
    return 0


if __name__ == "__main__":
    # Native threads may still be at work: an orderly end of the interpreter has crashed on them.
    os._exit(main())
