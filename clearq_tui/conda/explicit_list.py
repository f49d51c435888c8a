"""Lists of URLs, as `conda list --explicit` writes them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

from clearq_tui.conda.channels import absolute_channel, refuse_credentials
from clearq_tui.conda.failure import CondaError
from clearq_tui.conda.locked import file_name_of
from clearq_tui.conda.packages import CondaPackages
from clearq_tui.conda.yaml_file import read_text

MARK = "@EXPLICIT"
_LARGEST = 16 << 20
_HASH = re.compile(r"(sha256:)?[0-9a-f]{64}\Z|[0-9a-f]{32}\Z")
_PLATFORM = re.compile(r"#\s*platform:\s*(\S+)")
_NO_ARCHITECTURE = "noarch"


def is_explicit_list(path: Path) -> bool:
    """Whether the file is such a list; False for one that cannot be read."""
    try:
        with path.open("rb") as file:
            return any(line.strip() == MARK.encode() for line in file.read(1 << 16).splitlines())
    except OSError:
        return False


def read_explicit_list(path: Path) -> CondaPackages:
    """The packages of the list, for the one platform that it is for.

    Raises:
        CondaError: it cannot be read, a line is no URL of a package, or it is of two platforms.
    """
    text = read_text(path, _LARGEST)
    urls = list(_urls(path, text))
    said = _PLATFORM.search(text)
    subdir = said[1] if said else platform_of(urls, str(path))
    return CondaPackages(source=path.name, own_channels=False, explicit={subdir: tuple(urls)})


def platform_of(urls: Iterable[str], source: str) -> str:
    """The platform of packages that say it; noarch ones alone fit everywhere.

    Raises:
        CondaError: they are of several, or none of them says it.
    """
    found = sorted({subdir_of(url) for url in urls} - {_NO_ARCHITECTURE})
    if len(found) != 1:
        which = f"of several platforms ({', '.join(found)})" if found else "of no platform"
        raise CondaError(
            f"{source} lists packages {which}; a line such as '# platform: linux-64' says which"
            " one it is for."
        )
    return found[0]


def subdir_of(url: str) -> str:
    """The directory of the channel in which the package lies, such as `linux-64`."""
    return urlsplit(url).path.split("/")[-2]


def split_hash(url: str) -> tuple[str, str, str]:
    """The URL without its fragment, its SHA-256 and its MD5, as far as it says them."""
    plain, _, said = url.partition("#")
    said = said.lower().removeprefix("sha256:")
    return plain, said if len(said) == 64 else "", said if len(said) == 32 else ""


def _urls(path: Path, text: str) -> Iterable[str]:
    for number, line in enumerate(map(str.strip, text.splitlines()), 1):
        if not line or line.startswith("#") or line == MARK:
            continue
        where = f"{path}, line {number}"
        url, mark, said = line.partition("#")
        if mark and not _HASH.match(said.lower()):
            raise CondaError(f"{where}: {said!r:.80} is neither an MD5 nor a SHA-256.")
        url = absolute_channel(url, path.parent)
        if "://" not in url or url.count("/") < 4:
            raise CondaError(f"{where}: {line!r:.200} is no URL of a conda package.")
        refuse_credentials(url)
        file_name_of(url)
        yield url + mark + said
