"""What a lease's spec asks for in conda packages, checked: it came over the link."""

from __future__ import annotations

import re
from typing import Any, Dict, FrozenSet, List, Mapping, NamedTuple, Optional, Tuple

from remote_agent.environments.interface import StepFailed
from remote_agent.python_environments.notes import digest_of

FORMAT = 1
"""Raised when environments are built in another way, so that old ones are not taken for new."""
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")
_MD5 = re.compile(r"([0-9a-f]{32})?\Z")
_PLATFORM = re.compile(r"[a-z0-9]+-[a-z0-9]+\Z")
_SUBDIR = re.compile(r"noarch\Z|[a-z0-9]+-[a-z0-9]+\Z")
_FILE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+!=-]{0,240}\Z")
_URL = re.compile(r"(https?|file)://[^\s#]+/([^/\s#]+)\Z")
_SITE_PACKAGES = re.compile(r"(lib/[A-Za-z0-9_./-]{1,100})?\Z")
_ENDINGS = (".conda", ".tar.bz2")


class Package(NamedTuple):
    """One package archive."""

    url: str
    file_name: str
    name: str
    version: str
    build: str
    subdir: str
    """Of the channel: the platform's or `noarch`."""
    sha256: str
    md5: str
    """Empty where the channel does not say it."""
    size: int
    """Of the archive, in bytes; 0 where the channel does not say it."""
    depends: Tuple[str, ...]
    site_packages: str
    """Of a Python that keeps its packages elsewhere than most: where, below the environment."""

    @property
    def stem(self) -> str:
        """Name, version and build, as caches call what they unpack."""
        ending = next(ending for ending in _ENDINGS if self.file_name.endswith(ending))
        return self.file_name[: -len(ending)]


class Request(NamedTuple):
    """The conda packages of one task."""

    source: str
    """Where the operator asked for them, for sentences."""
    platform: str
    packages: Tuple[Package, ...]
    archives: FrozenSet[str]
    """The SHA-256 of those that the laptop has brought."""
    variables: Dict[str, str]
    """To be set when the environment is activated."""
    pip: Optional[Dict[str, Any]]
    """Python packages that go on top, as the mode venv has them; None: there are none."""
    is_offline: bool
    """Nothing but the archives may be installed."""

    @property
    def key(self) -> str:
        """The name of the environment: whatever matters is in it."""
        files = sorted(
            "%s/%s %s" % (one.subdir, one.file_name, one.sha256) for one in self.packages
        )
        return digest_of([FORMAT, "conda", self.platform, files])

    @property
    def python(self) -> str:
        """The version of the Python that is in it; empty: none is."""
        return next((one.version for one in self.packages if one.name == "python"), "")

    @property
    def site_packages(self) -> str:
        """Where its Python keeps packages, below the environment; empty without a Python."""
        for package in self.packages:
            if package.name == "python":
                usual = "lib/python%s/site-packages" % ".".join(package.version.split(".")[:2])
                return package.site_packages or usual
        return ""


def read_request(spec: Mapping[str, Any]) -> Request:
    """The conda packages that the spec asks for.

    Raises:
        StepFailed: a field is not what it must be; the sentence names it.
    """
    said = spec.get("packages")
    if not isinstance(said, dict) or said.get("kind") != "conda":
        raise StepFailed("the mode conda needs conda packages, and the task brings none.")
    lock = said.get("lock")
    if not isinstance(lock, dict):
        raise _wrong("lock", lock, "an object")
    platform = _text(lock, "platform", _PLATFORM, "such as linux-64")
    packages = tuple(map(_package, _list(lock, "packages")))
    _refuse_doubles(packages)
    request = Request(
        source=str(said.get("source", "")),
        platform=platform,
        packages=packages,
        archives=frozenset(
            _text(archive, "sha256", _SHA256, "a SHA-256") for archive in _list(said, "archives")
        ),
        variables=_variables(said.get("variables") or {}),
        pip=_pip(said.get("pip")),
        is_offline=spec.get("offline") is True,
    )
    for package in packages:
        is_missing = request.is_offline or package.url.startswith("file:")
        if is_missing and package.sha256 not in request.archives:
            raise StepFailed("the conda package %s was not brought along." % package.file_name)
    return request


def _package(said: Any) -> Package:  # noqa: ANN401 - not validated yet
    if not isinstance(said, dict):
        raise _wrong("package", said, "an object")
    url = _text(said, "url", _URL, "the URL of a package")
    file_name = url.rpartition("/")[2]
    if not _FILE.match(file_name) or not file_name.endswith(_ENDINGS):
        raise _wrong("url", url, "the URL of a .conda or .tar.bz2 file")
    depends = said.get("depends", [])
    if not isinstance(depends, list) or not all(isinstance(one, str) for one in depends):
        raise _wrong("depends", depends, "a list of texts")
    size = said.get("size", 0)
    if not isinstance(size, int) or size < 0:
        raise _wrong("size", size, "a number of bytes")
    return Package(
        url,
        file_name,
        _text(said, "name", _FILE, "a name"),
        _text(said, "version", _FILE, "a version"),
        _text(said, "build", _FILE, "a build"),
        _text(said, "subdir", _SUBDIR, "a platform or noarch"),
        _text(said, "sha256", _SHA256, "a SHA-256"),
        _text(said, "md5", _MD5, "an MD5 or nothing"),
        size,
        tuple(depends),
        _site_packages(said),
    )


def _site_packages(said: Dict[str, Any]) -> str:
    place = _text(said, "site_packages", _SITE_PACKAGES, "a path below lib")
    if ".." in place.split("/"):
        raise _wrong("site_packages", place, "a path below lib")
    return place


def _refuse_doubles(packages: Tuple[Package, ...]) -> None:
    names = set()
    for package in packages:
        if package.name in names:
            raise StepFailed("the conda lock has %.80r twice." % package.name)
        names.add(package.name)


def _variables(said: Any) -> Dict[str, str]:  # noqa: ANN401 - not validated yet
    if not isinstance(said, dict) or not all(
        isinstance(value, str) and name and "=" not in name and "\0" not in name + value
        for name, value in said.items()
    ):
        raise _wrong("variables", said, "names and their texts")
    return dict(said)


def _pip(said: Any) -> Optional[Dict[str, Any]]:  # noqa: ANN401 - not validated yet
    if said is not None and (not isinstance(said, dict) or said.get("kind") != "python"):
        raise _wrong("pip", said, "Python packages or nothing")
    return said


def _text(said: Any, field: str, shape: "re.Pattern[str]", expected: str) -> str:  # noqa: ANN401
    value = said.get(field, "") if isinstance(said, dict) else said
    if not isinstance(value, str) or not shape.match(value):
        raise _wrong(field, value, expected)
    return value


def _list(said: Dict[str, Any], field: str) -> List[Any]:
    value = said.get(field) or []
    if not isinstance(value, list):
        raise _wrong(field, value, "a list")
    return value


def _wrong(field: str, value: object, expected: str) -> StepFailed:
    return StepFailed("a conda package's %s is %.80r; expected %s." % (field, value, expected))
