"""Python packages for an image: installed once for it, shared, and changed by no task."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agent.forker import Forker
from tests.agent.interpreters import interpreters
from tests.containers.engines import OwnEngine
from tests.containers.images import BUSYBOX, busybox_tar
from tests.containers.packages import SYSTEM_PYTHON, Tasks, python_build, small_index
from tests.containers.specs import on_both_engines, scripts
from tests.python_environments.machine import uv_program
from tests.python_environments.wheels import Package

_PYTHONS = [str(path) for path in interpreters().values()] or [sys.executable]
OLDEST_AND_NEWEST = sorted({_PYTHONS[0], _PYTHONS[-1]})
WHERE = "import sys, alpha, beta; print(sys.prefix, sys.base_prefix, alpha.__file__)"


@pytest.fixture
def tasks(
    forker: Forker, debian: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Tasks]:
    """Tasks in the Debian image, with an index."""
    for name in list(os.environ):
        if name.startswith(("UV_", "PIP_")):
            monkeypatch.delenv(name)
    with small_index(tmp_path / "index") as index:
        yield Tasks(forker, index)


@pytest.mark.parametrize("python", OLDEST_AND_NEWEST)
def test_the_agent_may_run_on_any_python(tasks: Tasks) -> None:
    setup = scripts(task="export FROM_SETUP=there")
    program = "import gamma, os; print(os.environ['FROM_SETUP'])"
    assert tasks.run("1.1", program, lines=["gamma"], setup=setup) == "there"


def test_packages_are_installed_for_the_images_python(tasks: Tasks) -> None:
    first = tasks.run("1.1", WHERE, lines=["alpha"])
    own = str(tasks.forker.root / "attempts/1.1/venv")
    (shared,) = tasks.environments()
    assert first.startswith(f"{own} /usr {tasks.cache}/environments/{shared}/")
    downloads = tasks.index.downloads()
    assert downloads == ["alpha-1.0-py3-none-any.whl", "beta-1.0-py3-none-any.whl"]
    # Once more, and nothing is resolved, fetched, or built; no second container is made.
    tasks.start("2.1", "sh", "-c", "alpha-tool; python -c 'import alpha'", lines=["alpha"])
    assert tasks.forker.result("2.1")[:2] == ("completed", 0), tasks.forker.log("2.1")
    log = tasks.forker.log("2.1")
    assert f"alpha-tool {tasks.forker.root}/attempts/2.1/venv" in log
    assert "Building" not in log
    assert tasks.index.downloads() == downloads
    assert tasks.environments() == [shared]
    assert tasks.seconds("2.1") < 1.0


def test_no_task_changes_what_others_use(tasks: Tasks) -> None:
    change = (
        "import alpha, os, sysconfig\n"
        "open(sysconfig.get_path('purelib') + '/mine.py', 'w').write('x = 1')\n"
        "import mine\n"
        "try: open(alpha.__file__, 'a').write('x')\n"
        "except OSError as error: print(error.strerror)\n"
        "try: open(os.path.dirname(alpha.__file__) + '/other.py', 'w')\n"
        "except OSError as error: print(error.strerror)"
    )
    said = tasks.run("1.1", change, lines=["alpha"])
    assert said == "Read-only file system\nRead-only file system"
    look = "import importlib.util as u; print(u.find_spec('mine'), u.find_spec('alpha.other'))"
    assert tasks.run("2.1", look, lines=["alpha"]) == "None None"


@on_both_engines
def test_the_images_own_packages_are_found_and_not_installed_again(tasks: Tasks) -> None:
    # The set-up stands in for an image with packages of its own.
    site = "/usr/lib/python3/dist-packages"
    setup = scripts(
        worker=f"mkdir -p {site}/beta-1.0.dist-info; echo 'x = 1' >{site}/beta.py\n"
        f"printf 'Metadata-Version: 2.1\\nName: beta\\nVersion: 1.0\\n' "
        f">{site}/beta-1.0.dist-info/METADATA"
    )
    program = "import alpha, beta; print(beta.__file__)"
    said = tasks.run("1.1", program, lines=["alpha"], setup=setup)
    assert said == f"{site}/beta.py"
    assert not list(tasks.cache.glob("environments/*/lib/*/site-packages/beta*"))
    # Another task's image has no such package, so its environment is another.
    assert "environments" in tasks.run("2.1", "import beta; print(beta.__file__)", lines=["alpha"])
    assert len(tasks.environments()) == 2


def test_code_is_installed_as_a_package(tasks: Tasks) -> None:
    project = Package("mine", requires=["beta"]).project(tasks.forker.root / "project")
    files = {path.name: path.read_text() for path in project.iterdir()}
    lines = [f"cat >{name} <<'END OF IT'\n{text}\nEND OF IT\n" for name, text in files.items()]
    said = tasks.run(
        "1.1",
        "import mine, beta; print(mine.__file__)",
        lines=["beta"],
        projects=[{"path": "."}],
        setup=scripts(task='cd "$CLEARQ_WORKSPACE"\n' + "".join(lines)),
    )
    assert said == f"{tasks.forker.root}/attempts/1.1/workspace/mine.py"


def test_what_cannot_be_resolved_is_told_of(tasks: Tasks) -> None:
    tasks.start("1.1", "true", lines=["no-such-package"])
    reason = tasks.failure("1.1")
    assert reason.startswith("packages: the packages cannot be resolved")
    assert "no-such-package" in reason


def test_prebuilt_images_are_taken_as_they_are(tasks: Tasks) -> None:
    tasks.start("1.1", "python3", "-c", "print('there')", lines=["no-such-package"], prebuilt=True)
    assert tasks.forker.result("1.1")[:2] == ("completed", 0)
    assert "The image has everything." in tasks.forker.log("1.1")


def test_an_image_with_a_shell_and_a_c_library_gets_a_python(
    tasks: Tasks, engine: OwnEngine
) -> None:
    build = python_build(tasks.forker.root)
    image = "localhost/clearq-tests/libc:1"
    engine.run("import", "-", image, text=busybox_tar(SYSTEM_PYTHON, uv_program()))
    brought = {**tasks.put_blob(build), "version": "3.99"}
    for attempt in ("1.1", "2.1"):
        said = tasks.run(
            attempt,
            "import sys, gamma; print(sys.base_prefix)",
            lines=["gamma"],
            image=image,
            python_build=brought,
        )
        assert said.startswith(f"{tasks.cache}/pythons/")
    assert "has brought" in tasks.forker.log("1.1")
    assert "has brought" not in tasks.forker.log("2.1")


def test_an_image_in_which_no_python_runs_is_told_of(tasks: Tasks) -> None:
    tasks.start("1.1", "true", lines=["gamma"], image=BUSYBOX, offline=True)
    reason = tasks.failure("1.1")
    assert "the task asks for Python 3.8 or newer, and the image has none such" in reason
    assert "the laptop brought none" in reason
