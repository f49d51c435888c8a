"""The conda packages of a task whose code describes no conda environment, or another Python."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from clearq_tui.conda.packages import CondaPackages, packages_from_json

_NAME = re.compile(r"(?:[^\s:]*::)?(?P<name>[A-Za-z0-9_.-]+)")
_PLAIN_VERSION = re.compile(r"\d+(\.\d+)*\Z")


def as_conda_packages(packages: Mapping[str, object] | None, python: str) -> dict[str, object]:
    """What goes into the environment of a task of the mode conda, as JSON values.

    Python packages go on top of a Python from the channels. `python` is what the plan says, and
    empty where that leaves it to the packages.

    Raises:
        CondaError: the packages are damaged.
    """
    if packages is not None and packages.get("kind") == "conda":
        wanted = packages_from_json(packages)
        return (replace(wanted, python=python) if python else wanted).to_json()
    if packages is None:
        return CondaPackages("plan", python=python, specs=("python",)).to_json()
    return CondaPackages(
        source=str(packages.get("source", "")),
        python=python or str(packages.get("python", "")),
        specs=("python",),
        pip=packages,
    ).to_json()


def specs_of(wanted: CondaPackages) -> tuple[str, ...]:
    """All that the solver is to find: the packages, the Python, and one for the pip section."""
    specs = list(wanted.specs)
    if wanted.python:
        specs.append(python_spec(wanted.python))
    elif wanted.pip is not None and "python" not in map(name_of, specs):
        specs.append("python")
    return tuple(specs)


def python_spec(version: str) -> str:
    """`3.11` is any of that series; more numbers are exact, and specifiers are themselves."""
    if not _PLAIN_VERSION.match(version):
        return f"python {version}"
    return f"python {version}.*" if version.count(".") < 2 else f"python =={version}"


def name_of(spec: str) -> str:
    """The package that a spec such as `conda-forge::numpy=1.26` is about."""
    found = _NAME.match(spec.strip())
    return found["name"].lower() if found else ""
