"""Have uv choose a version of everything for a machine, reading only what it must for that."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from clearq_tui.provisioning.complaints import complaint
from clearq_tui.provisioning.errand import Errand
from clearq_tui.provisioning.failure import ProvisionError
from clearq_tui.provisioning.index_options import IndexOptions
from clearq_tui.provisioning.lock_file import LockedPackage, read_lock
from clearq_tui.provisioning.programs import run_program
from clearq_tui.provisioning.sources import Sources
from clearq_tui.provisioning.target import Target
from clearq_tui.provisioning.uv_calls import uv_program, variables_for_uv


@dataclass(frozen=True)
class Question:
    """What uv is to resolve, and for what."""

    target: Target
    python: str
    """`3.11`, or `3.11.7` where it is known."""
    lines: tuple[str, ...]
    constraints: tuple[str, ...] = ()
    pins: tuple[str, ...] = field(default=())
    """`name==version` of an earlier answer, which are chosen again."""
    with_dependencies: bool = True


def resolve(
    question: Question, sources: Sources, work: Path, errand: Errand
) -> list[LockedPackage]:
    """What is to be installed, all of it.

    `work` is an empty directory; where the lines name paths, they start there.

    Raises:
        ProvisionError: it cannot be resolved, or an index does not answer.
        OSError: the disk refuses.
    """
    platform = question.target.uv_platform
    if platform is None:
        raise ProvisionError(
            f"Packages cannot be chosen on the laptop for {errand.machine} ({question.target}). "
            "Let the machine fetch by itself (network direct), or use an image that has them."
        )
    options = sources.for_uv
    _write(work / "packages.in", [*options.lines(), *question.lines])
    _write(work / "constraints.txt", [*question.constraints, *question.pins])
    ended = run_program(
        _command(question, platform, options),
        errand,
        place=work,
        variables=variables_for_uv(errand, sources, question.target),
    )
    if ended.code:
        raise ProvisionError(
            f"The packages cannot be resolved for {errand.machine} ({question.target}, Python "
            f"{question.python}): {complaint(ended.errors or ended.output)}."
        )
    return read_lock(work / "pylock.toml")


def _command(question: Question, platform: str, options: IndexOptions) -> list[str]:
    command = [uv_program(), "pip", "compile", "packages.in", "--format", "pylock.toml"]
    command += ["-o", "pylock.toml", "--quiet", "--no-progress", "--color", "never"]
    command += ["--no-header", "--no-annotate", "-c", "constraints.txt"]
    command += ["--python-version", question.python, "--python-platform", platform]
    if not question.with_dependencies:
        command.append("--no-deps")
    if options.prereleases:
        command += ["--prerelease", "allow"]
    for host in options.trusted_hosts:
        command += ["--allow-insecure-host", host]
    return command


def _write(path: Path, lines: Iterable[str]) -> None:
    """For this account alone: there may be passwords in it."""
    path.touch(mode=0o600)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
