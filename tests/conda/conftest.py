"""A channel on disk, and machines that install from it."""

from __future__ import annotations

import functools
import hashlib
import http.server
import shutil
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from clearq_tui.paths import Home
from tests.conda.archives import PLACEHOLDER, Channel, File, Package, python_package, script
from tests.conda.machine import Machine, Rattler

PYTHON = ".".join(map(str, sys.version_info[:3]))
DATA = Package("data", "1.0", {"share/data.txt": File(b"first\n")}, noarch="generic")
TOOL = Package(
    "tool",
    "1.0",
    {
        "bin/tool": script(f"#!/bin/sh\n# {PLACEHOLDER}\ncat {PLACEHOLDER}/share/data.txt\n"),
        "lib/place.bin": File(b"\0" + PLACEHOLDER.encode() + b"/lib\0end"),
        "etc/conda/activate.d/tool.sh": File(b'export TOOL_HOME="$CONDA_PREFIX/share"\n'),
        "etc/conda/env_vars.d/tool.json": File(b'{"TOOL_SET": "by package", "BOTH": "package"}'),
    },
    depends=["data", "__glibc >=2.17"],
    is_old_format=True,
)
MODULE = Package(
    "module",
    "1.0",
    {"site-packages/module.py": File(b"def main():\n    print('module', __file__)\n")},
    depends=["python >=3.8"],
    noarch="python",
    entry_points=["module-says = module:main"],
)

SLOW = Package(
    "slow",
    "1.0",
    {
        "share/slow.txt": File(b"here\n"),
        "bin/.slow-post-link.sh": script(
            '#!/bin/sh\ntouch "$PREFIX/../waiting"\n'
            'while [ ! -e "$PREFIX/../go" ]; do sleep 0.02; done\n'
        ),
    },
    noarch="generic",
)
"""Its installation waits for somebody."""


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The operator's settings and caches are none."""
    place = tmp_path / "operator"
    place.mkdir()
    for name in ("CONDARC", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "RATTLER_CACHE_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(place))
    return place


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """The laptop's."""
    made = Home(tmp_path / "laptop")
    made.create()
    return made


@pytest.fixture
def channel(tmp_path: Path) -> Channel:
    """One with a tool, its data, a Python and a module."""
    made = Channel(tmp_path / "channel")
    made.add(DATA, TOOL, MODULE, python_package(Path(sys.base_prefix), PYTHON))
    return made


@pytest.fixture
def served(channel: Channel) -> Iterator[str]:
    """The channel by HTTP."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_told: object) -> None:
            """Say nothing."""

    handler = functools.partial(Quiet, directory=str(channel.directory))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def rattler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rattler]:
    """The one of this environment, as a wheel of it."""
    import rattler

    package = Path(rattler.__file__).parent
    above = tmp_path_factory.mktemp("rattler")
    path = above / "py_rattler-0-cp310-abi3-linux_x86_64.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for file in sorted(package.rglob("*")):
            if file.is_file() and file.suffix in (".py", ".so"):
                wheel.write(file, str(file.relative_to(package.parent)))
    with path.open("rb") as stream:
        found = Rattler(path, hashlib.file_digest(stream, "sha256").hexdigest(), above / "unpacked")
    with zipfile.ZipFile(path) as wheel:
        wheel.extractall(found.unpacked)
    yield found
    shutil.rmtree(above)


@pytest.fixture
def machine(tmp_path: Path, rattler: Rattler) -> Machine:
    """One that has not run a task yet."""
    return Machine(tmp_path / "machine", rattler)
