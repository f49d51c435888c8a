"""Whether a solved environment can run on a machine. Pure."""

from __future__ import annotations

from clearq_tui.conda.locked import Lock
from clearq_tui.conda.target import Target


def why_not_on(lock: Lock, python: str, target: Target) -> str:
    """A sentence that says why the lock is none for the target; empty: it is one.

    A lock may have been made for another machine of the same platform.
    """
    for package in lock.packages:
        for dependency in package.depends:
            name, _, wanted = dependency.partition(" ")
            if name.startswith("__") and not _has(target, name, wanted.strip()):
                there = target.version_of(name)
                has = f"has {there}" if there else "has it not"
                return (
                    f"The conda package {package.name} {package.version} needs {dependency}, and"
                    f" the machine {has}. The task's environment was solved for another machine:"
                    " choose one like that, or change what the task asks for."
                )
    found = lock.version_of("python")
    if python and python[0].isdigit() and not _is_of(found, python):
        which = f"Python {found}" if found else "no Python"
        return (
            f"The task asks for Python {python}, and the conda packages that it lists have {which}."
        )
    return ""


def _is_of(version: str, series: str) -> bool:
    return version == series or version.startswith(series + ".")


def _has(target: Target, name: str, wanted: str) -> bool:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet
    from packaging.version import InvalidVersion

    there = target.version_of(name)
    if there is None:
        return False
    version = wanted.partition(" ")[0]
    if not version or version == "*" or version[0].isdigit():
        return True  # a build of `__archspec`: the solver knew; the processor will tell
    try:
        return SpecifierSet(version).contains(there, prereleases=True)
    except (InvalidSpecifier, InvalidVersion):
        return True  # conda's own syntax says more than this: left to the machine
