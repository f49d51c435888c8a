"""What a machine without a network needs to build a project of the task's own code."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

from clearq_tui.provisioning.complaints import complaint
from clearq_tui.provisioning.errand import Errand
from clearq_tui.provisioning.failure import ProvisionError
from clearq_tui.provisioning.laptop_python import laptop_python
from clearq_tui.provisioning.programs import Ended, run_program
from clearq_tui.provisioning.sources import Sources
from clearq_tui.provisioning.target import own_target
from clearq_tui.provisioning.uv_calls import uv_program, variables_for_uv

_DEFAULT = ["setuptools>=40.8.0"]
_LEGACY = "setuptools.build_meta:__legacy__"
_ANSWER = "clearq-build-requirements:"
_ASK = """
import importlib, json, sys
hook, backend, paths = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
sys.path[:0] = paths
module, _, attribute = backend.partition(":")
found = importlib.import_module(module)
for name in filter(None, attribute.split(".")):
    found = getattr(found, name)
ask = getattr(found, hook, None)
print("\\n" + %r + json.dumps(list(ask({}) if ask else [])))
"""


def build_requirements(
    project: Path, *, editable: bool, python: str, sources: Sources, errand: Errand
) -> tuple[str, ...]:
    """What its build system is, and what that asks for besides; as lines of requirements.

    Raises:
        ProvisionError: its pyproject.toml makes no sense, or its build system fails.
        OSError: the disk refuses.
    """
    table = _build_system(project)
    requires = _texts(table.get("requires", _DEFAULT), project)
    within = _texts(table.get("backend-path", []), project)
    backend = str(table.get("build-backend", _LEGACY))
    with errand.work_directory() as work:
        interpreter = _environment(requires, python, sources, errand, work)
        paths = [str((project / path).resolve()) for path in within]
        kind = "editable" if editable else "wheel"
        script = work / "ask.py"
        script.write_text(_ASK % _ANSWER, encoding="utf-8")
        hook = f"get_requires_for_build_{kind}"
        ended = run_program(
            [interpreter, script, hook, backend, json.dumps(paths)], errand, place=project
        )
    return (*requires, *_answer(ended, project, backend))


def _environment(
    requires: list[str], python: str, sources: Sources, errand: Errand, work: Path
) -> str:
    """The interpreter of an environment on the laptop that has the build system."""
    interpreter = laptop_python(python, errand, for_pip=False)
    if not requires:
        return interpreter
    listing = work / "build.in"
    listing.touch(mode=0o600)
    listing.write_text(
        "".join(f"{line}\n" for line in (*sources.for_uv.lines(), *requires)), encoding="utf-8"
    )

    variables = variables_for_uv(errand, sources, own_target())
    environment = work / "environment"
    program = environment / "bin" / "python"
    calls: tuple[list[str | Path], ...] = (
        ["venv", "--no-project", "--python", interpreter, environment],
        ["pip", "install", "--python", program, "--requirements", listing],
    )
    for arguments in calls:
        ended = run_program(
            [uv_program(), *arguments, "--quiet", "--no-progress"],
            errand,
            place=work,
            variables=variables,
        )
        if ended.code:
            raise ProvisionError(
                f"The build system ({', '.join(requires)}) of the task's code cannot be had: "
                f"{complaint(ended.errors)}."
            )
    return str(program)


def _answer(ended: Ended, project: Path, backend: str) -> list[str]:
    """What the build system printed, among whatever else."""
    for line in reversed(ended.output.splitlines()):
        if line.startswith(_ANSWER):
            return _texts(json.loads(line.removeprefix(_ANSWER)), project)
    raise ProvisionError(
        f"The build system {backend} of {project.name} does not say what it needs: "
        f"{complaint(ended.errors)}."
    )


def _build_system(project: Path) -> dict[str, object]:
    try:
        text = (project / "pyproject.toml").read_text(encoding="utf-8")
        table = tomllib.loads(text).get("build-system", {})
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise ProvisionError(f"{project.name}/pyproject.toml is no TOML: {error}.") from error
    return table if isinstance(table, dict) else {}


def _texts(value: object, project: Path) -> list[str]:
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return value
    raise ProvisionError(f"{project.name}: its [build-system] has {value!r} for a list of texts.")
