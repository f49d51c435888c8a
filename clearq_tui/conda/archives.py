"""Package archives on the laptop: fetched once, checked, and kept as blobs for machines."""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from clearq_tui.conda.failure import CondaError
from clearq_tui.conda.locked import LockedPackage, file_name_of
from clearq_tui.conda.rattler_calls import RattlerFailed, call
from clearq_tui.paths import Home
from clearq_tui.provisioning import KeptBlob, keep_as_blob
from clearq_tui.provisioning.kept_blobs import is_at_hand

_MEBIBYTE = 1 << 20
_IS_PYTHON = re.compile(r"python( |\Z)").match


class Archives:
    """The archives among the blobs of one home."""

    def __init__(self, home: Home, say: Callable[[str], None]) -> None:
        self._home = home
        self._say = say
        self._place = home.root / "provisions" / "conda-archives"

    def blobs_of(self, packages: Iterable[LockedPackage]) -> list[KeptBlob]:
        """The packages' archives as blobs; those that are not here are fetched.

        Raises:
            CondaError: one cannot be fetched, or is not what the lock means.
            OSError: the disk refuses.
        """
        packages = list(packages)
        missing = [one for one in packages if self._blob_of(one) is None]
        if missing:
            size = sum(package.size for package in missing) / _MEBIBYTE
            self._say(f"Fetching {len(missing)} conda packages, {size:.0f} MiB.")
            self._fetch([(one.url, {"sha256": one.sha256, "md5": one.md5}) for one in missing])
        return [self._known_blob(package) for package in packages]

    def described(self, packages: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
        """By URL, what the archives themselves say; each may bring the hashes that it must have.

        Raises:
            CondaError: one cannot be fetched, or is not what its hashes mean.
            OSError: the disk refuses.
        """
        wanted = [(one["url"], one) for one in packages]
        if not wanted:
            return {}
        self._say(f"Fetching {len(wanted)} conda packages of which their channels say too little.")
        return self._fetch(wanted, describe=True)

    def distributions(self, packages: Iterable[LockedPackage]) -> list[str]:
        """Names of the directories by which the packages describe what they bring of Python's.

        Raises:
            CondaError: an archive cannot be fetched or read.
            OSError: the disk refuses.
        """
        wanted = [one for one in packages if any(map(_IS_PYTHON, one.depends))]
        if not wanted:
            return []
        self.blobs_of(wanted)
        self._place.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="named-", dir=self._place) as aside:
            paths = [Path(aside, one.sha256, one.file_name) for one in wanted]
            for path, package in zip(paths, wanted, strict=True):
                path.parent.mkdir()
                path.symlink_to(self._home.blobs / package.sha256)
            found: list[str] = self._call("distributions", paths=list(map(str, paths)))
        return found

    def _fetch(
        self, wanted: list[tuple[str, Mapping[str, Any]]], *, describe: bool = False
    ) -> dict[str, dict[str, Any]]:
        self._place.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="new-", dir=self._place) as aside:
            # Channels may have files of one name: each gets a directory of its own.
            paths = [
                Path(aside, str(number), file_name_of(url))
                for number, (url, _) in enumerate(wanted)
            ]
            for path in paths:
                path.parent.mkdir()
            files = [[url, str(path)] for (url, _), path in zip(wanted, paths, strict=True)]
            self._call("fetch", files=files)
            for (url, hashes), path in zip(wanted, paths, strict=True):
                check_hashes(url, path, hashes)
            said = self._call("inspect", paths=list(map(str, paths))) if describe else []
            blobs = [keep_as_blob(path, self._home) for path in paths]
        return {
            url: {**description, "url": url, "sha256": blob["sha256"], "size": blob["size"]}
            for (url, _), description, blob in zip(wanted, said, blobs, strict=False)
        }

    def _call(self, work: str, **order: object) -> Any:  # noqa: ANN401 - a JSON value
        try:
            return call(work, self._say, **order, cache=str(self._place))
        except RattlerFailed as error:
            raise CondaError(f"Conda packages cannot be fetched: {error}") from error

    def _blob_of(self, package: LockedPackage) -> KeptBlob | None:
        path = self._home.blobs / package.sha256
        size = path.stat().st_size if path.is_file() else -1
        blob = KeptBlob(sha256=package.sha256, size=size, keep=True)
        return blob if is_at_hand(blob, self._home) else None

    def _known_blob(self, package: LockedPackage) -> KeptBlob:
        blob = self._blob_of(package)
        if blob is None:
            raise CondaError(f"{package.url} was removed while it was fetched; try again.")
        return blob


def check_hashes(url: str, path: Path, wanted: Mapping[str, Any]) -> None:
    """Refuse an archive that is not the one that is meant.

    Raises:
        CondaError: its hash differs.
        OSError: it cannot be read.
    """
    for kind in ("sha256", "md5"):
        if wanted.get(kind):
            with path.open("rb") as stream:
                found = hashlib.file_digest(stream, kind).hexdigest()
            if found != wanted[kind]:
                raise CondaError(
                    f"{url} is not the package that was locked: its {kind} is {found}, and"
                    f" {wanted[kind]} was expected. It was replaced or damaged on the way."
                )
            return
