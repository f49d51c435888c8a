"""Package archives on the laptop: fetched once, checked, and kept as blobs for machines."""

from __future__ import annotations

import contextlib
import hashlib
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from clearq_tui.conda.failure import CondaError
from clearq_tui.conda.locked import LockedPackage, file_name_of
from clearq_tui.conda.rattler_calls import RattlerFailed, call
from clearq_tui.paths import Home
from clearq_tui.provisioning import KeptBlob, keep_as_blob
from clearq_tui.provisioning.kept_blobs import is_at_hand

_Wanted = tuple[str, Mapping[str, Any]]
"""A URL, and the hashes that what is there must have, as far as they are known."""
_MEBIBYTE = 1 << 20
_IS_PYTHON = re.compile(r"python( |\Z)").match


class Archives:
    """The archives among the blobs of one home."""

    def __init__(self, home: Home, say: Callable[[str], None]) -> None:
        self._home = home
        self._say = say
        # What a killed process leaves there is swept with all other work.
        self._place = home.root / "provisions" / "work"

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
            self._say(f"Fetching conda packages: {len(missing)}, {size:.1f} MiB.")
            self._keep([(one.url, {"sha256": one.sha256, "md5": one.md5}) for one in missing])
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
        return self._describe(wanted)

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
        with tempfile.TemporaryDirectory(prefix="conda-", dir=self._place) as aside:
            paths = [Path(aside, one.sha256, one.file_name) for one in wanted]
            for path, package in zip(paths, wanted, strict=True):
                path.parent.mkdir()
                path.symlink_to(self._home.blobs / package.sha256)
            found: list[str] = self._call("distributions", paths=list(map(str, paths)))
        return found

    def _keep(self, wanted: Sequence[_Wanted]) -> None:
        """Make blobs of all of them. What has come stays, though another one may not come."""
        with self._fetched(wanted) as paths:
            for (url, hashes), path in zip(wanted, paths, strict=True):
                check_hashes(url, path, hashes)
                keep_as_blob(path, self._home)

    def _describe(self, wanted: Sequence[_Wanted]) -> dict[str, dict[str, Any]]:
        with self._fetched(wanted) as paths:
            for (url, hashes), path in zip(wanted, paths, strict=True):
                check_hashes(url, path, hashes)
            said = self._call("inspect", paths=list(map(str, paths)))
            blobs = [keep_as_blob(path, self._home) for path in paths]
        return {
            url: {**description, "url": url, "sha256": blob["sha256"], "size": blob["size"]}
            for (url, _), description, blob in zip(wanted, said, blobs, strict=True)
        }

    @contextlib.contextmanager
    def _fetched(self, wanted: Sequence[_Wanted]) -> Iterator[list[Path]]:
        """The files of all of them, for as long as the block lasts; nothing is checked yet."""
        self._place.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="conda-", dir=self._place) as aside:
            paths, files = [], []
            for number, (url, _) in enumerate(wanted):
                if url.startswith("file:"):
                    paths.append(Path(unquote(urlsplit(url).path)))
                else:
                    # Channels may have files of one name: each gets a directory of its own.
                    paths.append(Path(aside, str(number), file_name_of(url)))
                    paths[-1].parent.mkdir()
                    files.append([url, str(paths[-1])])
            try:
                if files:
                    self._call("fetch", files=files)
            except CondaError:
                self._keep_what_came(wanted, paths)
                raise
            yield paths

    def _keep_what_came(self, wanted: Sequence[_Wanted], paths: Sequence[Path]) -> None:
        """So that the next try need not fetch it again."""
        for (url, hashes), path in zip(wanted, paths, strict=True):
            with contextlib.suppress(CondaError):
                check_hashes(url, path, hashes)
                keep_as_blob(path, self._home)

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
        CondaError: its hash differs, or there is no such file.
        OSError: it cannot be read.
    """
    for kind in ("sha256", "md5"):
        if wanted.get(kind):
            try:
                with path.open("rb") as stream:
                    found = hashlib.file_digest(stream, kind).hexdigest()
            except FileNotFoundError as error:
                raise CondaError(f"The conda package {url} is not there any more.") from error
            if found != wanted[kind]:
                raise CondaError(
                    f"{url} is not the package that was locked: its {kind} is {found}, and"
                    f" {wanted[kind]} was expected. It was replaced or damaged on the way."
                )
            return
