"""`conda-lock.yml`: packages for several platforms, each with its URL and hashes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from clearq_tui.conda.channels import refuse_credentials
from clearq_tui.conda.failure import CondaError
from clearq_tui.conda.packages import CondaPackages
from clearq_tui.conda.rattler_calls import RattlerFailed, call

_MARKERS = {
    "linux-64": "sys_platform == 'linux' and platform_machine == 'x86_64'",
    "linux-aarch64": "sys_platform == 'linux' and platform_machine == 'aarch64'",
    "linux-ppc64le": "sys_platform == 'linux' and platform_machine == 'ppc64le'",
    "osx-64": "sys_platform == 'darwin' and platform_machine == 'x86_64'",
    "osx-arm64": "sys_platform == 'darwin' and platform_machine == 'arm64'",
    "win-64": "sys_platform == 'win32'",
}

Entry = list[str]
"""Kind, name, version, URL, SHA-256, MD5."""


def read_conda_lock_file(path: Path) -> CondaPackages:
    """The packages of every platform in the file; there is nothing left to solve.

    Raises:
        CondaError: rattler cannot read it.
    """
    try:
        found: dict[str, list[Entry]] = call("read_lock", lambda _text: None, path=str(path))
    except RattlerFailed as error:
        raise CondaError(f"{path} cannot be read as a lock file of conda-lock: {error}.") from error
    return packages_of(path.name, found)


def packages_of(source: str, found: dict[str, list[Entry]]) -> CondaPackages:
    """What rattler read in a lock file, by platform.

    Raises:
        CondaError: a URL has a password in it.
    """
    explicit = {}
    lines: dict[str, set[str]] = {}
    for subdir, entries in found.items():
        explicit[subdir] = tuple(map(_explicit, (one for one in entries if one[0] == "conda")))
        for entry in entries:
            if entry[0] == "pip" and subdir in _MARKERS:
                lines.setdefault(_pip_line(entry), set()).add(subdir)
    pip = {
        "kind": "python",
        "source": source,
        "python": "",
        "lines": [_marked(line, on, found) for line, on in lines.items()],
        "constraints": [],
        "options": [],
        "projects": [],
        "locked": all("sha256" in line for line in lines),
    }
    return CondaPackages(
        source=source, own_channels=False, explicit=explicit, pip=pip if lines else None
    )


def _explicit(entry: Entry) -> str:
    _, _, _, url, sha256, md5 = entry
    refuse_credentials(url)
    mark = f"#sha256:{sha256}" if sha256 else f"#{md5}" if md5 else ""
    return url + mark


def _pip_line(entry: Entry) -> str:
    _, name, version, url, sha256, _ = entry
    if "://" in url:
        refuse_credentials(url)
        return f"{name} @ {url}" + (f"#sha256={sha256}" if sha256 and "#" not in url else "")
    return f"{name}=={version}" + (f" --hash=sha256:{sha256}" if sha256 else "")


def _marked(line: str, subdirs: Iterable[str], all_of_them: Iterable[str]) -> str:
    """The line for some of the platforms alone, where it is not for all."""
    wanted = sorted(subdirs)
    if wanted == sorted(all_of_them):
        return line
    marker = " or ".join(f"({_MARKERS[subdir]})" for subdir in wanted)
    requirement, option, hashes = line.partition(" --hash=")
    return f"{requirement} ; {marker}{option}{hashes}"
