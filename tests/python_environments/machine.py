"""A machine on which tasks run in Python environments, with an index of the test's own."""

from __future__ import annotations

import atexit
import functools
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from remote_agent.steps import read_steps
from tests.agent.forker import Forker
from tests.python_environments.index import Index
from tests.python_environments.wheels import sha256


@functools.cache
def _made_once() -> Path:
    place = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, place)
    for name in ("pip", "notes"):
        (place / name).mkdir()
    return place


@functools.cache
def uv_program() -> Path:
    """The uv that is installed beside what is tested."""
    from uv import find_uv_bin

    return Path(find_uv_bin())


def without_uv(path: str) -> str:
    """The same PATH, without the directories that have a uv."""
    return ":".join(place for place in path.split(":") if not (Path(place) / "uv").exists())


class Machine:
    """Starts tasks, and tells what became of them."""

    def __init__(self, forker: Forker, index: Index, *, tool: str = "uv") -> None:
        self.forker = forker
        self.index = index
        self.cache = Path(forker.layout.cache)
        self._tool = tool
        for name in ("pip", "notes"):  # which take a moment to make, and are the same for all
            if not (self.cache / name).exists():
                (self.cache / name).symlink_to(_made_once() / name)
        self._settings = {
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_INDEX_URL": index.url,
            "PIP_FIND_LINKS": "",
            "UV_HTTP_RETRIES": "0",
            "PIP_RETRIES": "0",
            # Where there are no settings of uv, and no uv.
            "HOME": str(_made_once()),
            "PYENV_ROOT": os.environ.get("PYENV_ROOT", str(Path.home() / ".pyenv")),
        }

    def start(self, name: str, *command: str, **more: object) -> None:
        """Start the command in the mode venv; for `lines` and the like see `packages`."""
        environment = {**self._settings, **more.pop("environment", {})}  # type: ignore[dict-item]
        names = ("lines", "constraints", "options", "projects", "locked", "wheels")
        packages: dict[str, Any] = {"kind": "python", "source": "list", "python": ""}
        packages |= {key: more.pop(key) for key in names if key in more}
        if self._tool == "uv":
            more.setdefault("tools", {"uv": self.uv()})
        else:
            environment["PATH"] = without_uv(os.environ["PATH"])
        self.forker.start(
            name, *command, mode="venv", packages=packages, environment=environment, **more
        )

    def python(self, name: str, program: str, **more: object) -> None:
        """Start Python with the program."""
        self.start(name, "python", "-c", program, **more)

    def run(self, name: str, program: str, **more: object) -> str:
        """Run Python with the program, which must succeed; what it printed, after the steps."""
        self.python(name, program, **more)
        outcome, code, _, reason = self.forker.result(name)
        log = self.forker.log(name)
        assert (outcome, code, reason) == ("completed", 0, ""), log
        return "\n".join(line for line in log.split("\n[clearq]")[-1].splitlines()[1:])

    def failure(self, name: str) -> str:
        """Why the task failed before its command; what it is to be put right by stands there."""
        outcome, code, _, reason = self.forker.result(name)
        assert (outcome, code) == ("failed", None), self.forker.log(name)
        return reason

    def seconds(self, name: str) -> float:
        """How long the packages took."""
        steps = read_steps(self.forker.layout.attempt(name))
        return float(next(step["seconds"] for step in steps if step["name"] == "packages"))

    def environments(self) -> list[Path]:
        """The shared environments, complete or not."""
        place = self.cache / "environments"
        return sorted(path for path in place.glob("*") if "." not in path.name)

    def leftovers(self) -> list[str]:
        """What killed builds have left."""
        place = self.cache / "environments"
        return sorted(path.name for path in place.glob(".*"))

    def put_blob(self, path: Path) -> dict[str, Any]:
        """Have the file as a blob on the machine."""
        blob = Path(self.forker.layout.kept) / sha256(path)
        if not blob.exists():
            shutil.copyfile(path, blob)
        return {"name": path.name, "sha256": blob.name, "size": blob.stat().st_size}

    def wheels(self, paths: Sequence[Path]) -> list[dict[str, Any]]:
        """Have these files brought by the laptop."""
        return [self.put_blob(path) for path in paths]

    def uv(self) -> dict[str, Any]:
        """uv as the laptop would have brought it, unpacked already, which takes a moment."""
        name = "0" * 64
        place = self.cache / "tools" / f"uv-{name[:16]}"
        if not place.exists():
            place.mkdir(parents=True)
            (place / "uv").symlink_to(uv_program())
            (place / "uv.json").write_text(json.dumps({"version": "9.9.9", "at": 0}))
        return {"name": "uv-9.9.9-py3-none-any.whl", "sha256": name, "size": 1}


@contextmanager
def machine_of(python: str, root: Path, index: Index, tool: str = "uv") -> Iterator[Machine]:
    """A machine whose agent runs under this Python."""
    with Forker(python, root) as forker:
        yield Machine(forker, index, tool=tool)
