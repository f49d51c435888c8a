"""Tasks in containers whose packages come from an index of the test's own."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from remote_agent.python_environments.interpreter import ask
from remote_agent.steps import read_steps
from tests.agent.forker import Forker
from tests.containers.images import DEBIAN
from tests.python_environments.index import Index
from tests.python_environments.machine import uv_program
from tests.python_environments.wheels import Package, as_uv_wheel, sha256

SYSTEM_PYTHON = Path("/usr/bin/python3")
_LEFT_OUT = ("__pycache__", "test", "tests", "dist-packages", "sitecustomize.py", "idlelib")


@contextmanager
def small_index(place: Path) -> Iterator[Index]:
    """An index with alpha, which needs beta and brings a script."""
    Package(
        "alpha",
        requires=["beta>=1"],
        scripts=["alpha-tool = alpha:main"],
        files={
            "alpha/__init__.py": "import sys\ndef main():\n    print('alpha-tool', sys.prefix)\n"
        },
    ).wheel(place)
    for name in ("beta", "gamma"):
        Package(name).wheel(place)
    with Index(place) as index:
        yield index


def python_build(place: Path) -> Path:
    """A build of Python as uv's makers pack it, made of the system's; it runs from anywhere."""
    found = ask(str(SYSTEM_PYTHON)) if SYSTEM_PYTHON.exists() else None
    linked = subprocess.run(["ldd", SYSTEM_PYTHON], capture_output=True, text=True, check=False)
    if found is None or "libpython" in linked.stdout:
        pytest.skip("there is no Python here that runs from anywhere")
    name = f"python{found.short_version}"
    path = place / f"cpython-{found.version}-install_only.tar"

    def wanted(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
        return None if Path(entry.name).name in _LEFT_OUT else entry

    with tarfile.open(path, "w", dereference=True) as packed:
        packed.add(found.program, "python/bin/python3")
        packed.add(f"{found.base}/lib/{name}", f"python/lib/{name}", filter=wanted)
    return path


class Tasks:
    """Starts tasks, and tells what became of them."""

    def __init__(self, forker: Forker, index: Index) -> None:
        self.forker = forker
        self.index = index
        self.cache = Path(forker.layout.cache)
        self._uv = self.put_blob(as_uv_wheel(uv_program(), forker.root / "uv-9.9.9-any.whl"))

    def start(self, name: str, *command: str, **more: object) -> None:
        """Start the command in the image; for `lines` and the like see `packages`."""
        environment = {
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_INDEX_URL": self.index.url,
            "UV_HTTP_RETRIES": "0",
        }
        packages: dict[str, Any] = {"kind": "python", "source": "list", "python": ""}
        names = ("lines", "projects", "locked", "wheels")
        packages |= {key: more.pop(key) for key in names if key in more}
        image = {"name": more.pop("image", DEBIAN), "network": "host"}
        image |= {key: more.pop(key) for key in ("prebuilt", "arguments") if key in more}
        self.forker.start(
            name,
            *command,
            mode="docker",
            image=image,
            packages=packages,
            tools={"uv": self._uv},
            environment=environment,
            **more,
        )

    def run(self, name: str, program: str, **more: object) -> str:
        """Run Python with the program, which must succeed; what it printed, after the steps."""
        self.start(name, "python", "-c", program, **more)
        outcome, code, _, reason = self.forker.result(name)
        log = self.forker.log(name)
        assert (outcome, code, reason) == ("completed", 0, ""), log
        return log.rpartition("[clearq] ")[2].partition("\n")[2].strip()

    def failure(self, name: str) -> str:
        """Why the task failed before its command."""
        outcome, code, _, reason = self.forker.result(name)
        assert (outcome, code) == ("failed", None), self.forker.log(name)
        return reason

    def seconds(self, name: str) -> float:
        """How long the packages took."""
        steps = read_steps(self.forker.layout.attempt(name))
        return float(next(step["seconds"] for step in steps if step["name"] == "packages"))

    def environments(self) -> list[str]:
        """The names of the shared environments."""
        place = self.cache / "environments"
        return sorted(path.name for path in place.glob("*") if "." not in path.name)

    def put_blob(self, path: Path) -> dict[str, Any]:
        """Have the file as a blob on the machine."""
        blob = Path(self.forker.layout.kept) / sha256(path)
        blob.parent.mkdir(exist_ok=True)
        shutil.copyfile(path, blob)
        return {"name": path.name, "sha256": blob.name, "size": blob.stat().st_size}
