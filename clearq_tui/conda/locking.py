"""Solve once for each platform, and keep the answer with the task.

The laptop always solves, also for a machine that could reach the channels itself: one way to do it,
one place with the operator's own channel settings, and the answer is in the task at once, so that a
clone runs in the same environment even if its first machine never comes back. The machine is given
URLs and hashes, or the archives themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from clearq_tui.conda.archives import Archives
from clearq_tui.conda.channels import (
    ChannelSettings,
    channels_to_search,
    own_settings,
    spec_in_channel,
)
from clearq_tui.conda.explicit_list import split_hash, subdir_of
from clearq_tui.conda.failure import CondaError
from clearq_tui.conda.fitting import why_not_on
from clearq_tui.conda.locked import Lock, LockedPackage, file_name_of, package_from_json
from clearq_tui.conda.packages import CondaPackages, packages_from_json
from clearq_tui.conda.rattler_calls import RattlerFailed, call
from clearq_tui.conda.target import Target
from clearq_tui.conda.wish import specs_of
from clearq_tui.paths import Home

Say = Callable[[str], None]


def lock_for(
    packages: Mapping[str, object], target: Target, home: Home, say: Say
) -> dict[str, object]:
    """The same packages with a lock for the target: the one they have, else a new one.

    Reads the channels' indexes when it is new, which can take a minute. Call in a thread.

    Args:
        packages: of the kind conda, as JSON values.
        target: the kind of machine.
        home: where indexes and archives are kept.
        say: takes sentences about the progress.

    Raises:
        CondaError: there is no solution, a channel cannot be read, or the lock that the task has is
            for another kind of machine.
    """
    wanted = packages_from_json(packages)
    lock = wanted.lock(target.subdir)
    if lock is None:
        make = _lock_of_list if wanted.explicit else _solved
        lock = make(wanted, target, home, say)
        wanted = wanted.with_lock(target.subdir, lock)
    if problem := why_not_on(lock, wanted.python, target):
        raise CondaError(problem)
    return wanted.to_json()


def order_of(wanted: CondaPackages, target: Target, settings: ChannelSettings) -> dict[str, Any]:
    """What the solver is asked.

    Raises:
        CondaError: a channel has a password in it.
    """
    placed = [spec_in_channel(spec, settings) for spec in specs_of(wanted)]
    channels = channels_to_search(wanted.channels, wanted.own_channels, settings)
    named = (channel for _, those in placed for channel in those)
    return {
        "channels": list(dict.fromkeys((*channels, *named))),
        "specs": [spec for spec, _ in placed],
        "subdir": target.subdir,
        "virtual": [list(package) for package in target.virtual],
        "strict": settings.strict,
    }


def _solved(wanted: CondaPackages, target: Target, home: Home, say: Say) -> Lock:
    order = order_of(wanted, target, own_settings())
    say(f"Solving the conda environment of {wanted.source} for {target.subdir}.")
    try:
        answer = call("solve", say, **order, cache=str(index_cache(home)))
    except RattlerFailed as error:
        raise CondaError(
            f"The conda environment of {wanted.source} cannot be solved for {target.subdir}"
            f" with {', '.join(order['channels'])}: {error}"
        ) from error
    packages = _complete(answer["packages"], home, say)
    return Lock(wanted.asked(target.subdir), tuple(answer["channels"]), tuple(packages))


def _lock_of_list(wanted: CondaPackages, target: Target, home: Home, say: Say) -> Lock:
    """What the channels, or the archives themselves, say of the packages in an explicit list."""
    listed = wanted.explicit.get(target.subdir)
    if listed is None:
        raise CondaError(
            f"{wanted.source} lists packages for {', '.join(sorted(wanted.explicit))}, and the"
            f" machine is {target.subdir}; add a list for that, or let an environment.yml say what"
            " is wanted."
        )
    urls = [split_hash(url)[0] for url in listed]
    found = call("describe", say, groups=_groups(urls), urls=urls, cache=str(index_cache(home)))
    said = [
        _with_hashes(description or {"url": url.partition("#")[0]}, url)
        for url, description in zip(listed, found, strict=True)
    ]
    return Lock(wanted.asked(target.subdir), (), tuple(_complete(said, home, say)))


def _groups(urls: Iterable[str]) -> list[list[object]]:
    """Channel, platform and names of the packages to ask for together."""
    groups: dict[tuple[str, str], list[str]] = {}
    for url in urls:
        channel = url.rsplit("/", 2)[0]
        name = file_name_of(url).rsplit("-", 2)[0]
        groups.setdefault((channel, subdir_of(url)), []).append(name)
    return [[channel, subdir, names] for (channel, subdir), names in groups.items()]


def _with_hashes(description: Mapping[str, Any], listed: str) -> dict[str, Any]:
    """What the channel says of a package, if it is the one that the list means."""
    url, sha256, md5 = split_hash(listed)
    for kind, wanted in (("sha256", sha256), ("md5", md5)):
        known = description.get(kind)
        if wanted and known and known != wanted:
            raise CondaError(
                f"{url} is not what the list means: its {kind} there is {wanted}, and the channel"
                f" says {known}. The package was replaced; make the list anew."
            )
    wanted_hashes = {"sha256": sha256, "md5": md5}
    return {**description, **{kind: value for kind, value in wanted_hashes.items() if value}}


def _complete(said: list[dict[str, Any]], home: Home, say: Say) -> list[LockedPackage]:
    """The packages; where a channel does not say enough of one, its archive is asked."""
    missing = [one for one in said if not (one.get("sha256") and one.get("name"))]
    known = Archives(home, say).described(missing)
    return [package_from_json(known.get(one["url"], one)) for one in said]


def index_cache(home: Home) -> Path:
    """Where the channels' indexes are kept."""
    return home.root / "provisions" / "conda-indexes"
