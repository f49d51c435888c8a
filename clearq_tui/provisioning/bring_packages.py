"""Bring a task's Python packages to a machine that fetches nothing itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from clearq_tui.provisioning.build import build_wheel
from clearq_tui.provisioning.build_requirements import build_requirements
from clearq_tui.provisioning.choose_files import Chooser
from clearq_tui.provisioning.code import Code, Place, definitions_of
from clearq_tui.provisioning.errand import Errand
from clearq_tui.provisioning.failure import ProvisionError, Stopped
from clearq_tui.provisioning.kept_blobs import is_at_hand
from clearq_tui.provisioning.lock_file import LockedPackage
from clearq_tui.provisioning.operators_indexes import operators_indexes
from clearq_tui.provisioning.remembered import alone, key_of, recall, remember
from clearq_tui.provisioning.requirement_lines import Wished, wished_of
from clearq_tui.provisioning.resolve import Question, resolve
from clearq_tui.provisioning.sources import Sources
from clearq_tui.provisioning.target import Target
from clearq_tui.provisioning.wheel_names import project_and_version
from clearq_tui.provisioning.wheels import Wheel, fetch_wheels

_KIND = "packages"


def bring_packages(
    packages: Mapping[str, object],
    target: Target,
    python: str,
    errand: Errand,
    code: Code | None = None,
    there: Mapping[str, str] | None = None,
) -> dict[str, object]:
    """The packages as a machine without a network installs them.

    Everything is pinned in `lines`, with hashes; `wheels` are the files, among the blobs of the
    home: also what the task's own projects need to be built. The same packages for the same kind of
    machine are resolved once; so a further attempt, or a clone, gets the same versions.

    Args:
        packages: as they are kept with the task, of the kind `python`.
        target: the machine.
        python: the version that it will run, such as `3.11`, or `3.11.7` where it is known.
        errand: on whose behalf.
        code: needed where the packages name projects or files in it.
        there: by normalized project the version that the machine's Python has itself: what resolves
            to that does not travel.

    Raises:
        ProvisionError: something cannot be had; the sentence says what, why and what to do.
        OSError: the disk refuses.
    """
    wished = wished_of(packages, target, python)
    wished.check_variables(errand.environment)
    with errand.work_directory() as work:
        place = Place(code, work / "code")
        definitions = definitions_of(wished, code, place, errand)
        asked = (_asked(packages), there) if there else (_asked(packages),)
        key = key_of(*asked, definitions, target.uv_platform, target.platform_tags, python)
        with alone(errand, _KIND, key):
            known = recall(errand, _KIND, key)
            if known is None or not _are_at_hand(known, errand):
                directory = place.directory() if wished.needs_code else None
                sources = Sources(operators_indexes(errand), wished.options, directory)
                bringing = _Bringing(
                    wished, target, python, directory, sources, errand, there or {}
                )
                known = bringing.bring(_pins(known), work)
                remember(errand, _KIND, key, known)
    return {**packages, "constraints": [], "options": [], "locked": True, **known}


@dataclass(frozen=True)
class _Bringing:
    """One resolution, and the fetching of all of it."""

    wished: Wished
    target: Target
    python: str
    directory: Path | None
    """Where the command would run, if the packages need the code."""
    sources: Sources
    errand: Errand
    there: Mapping[str, str]

    def bring(self, pins: Sequence[str], work: Path) -> dict[str, object]:
        """The lines and wheels; versions that were chosen before are chosen again.

        `work` is an empty directory.
        """
        self.errand.say(f"resolving packages for {self.errand.machine}")
        question = self._question(pins)
        wheels = self._wheels(question, self.wished.hashes, work / "packages", self.there)
        tools = self._tools(work)
        files = {wheel["sha256"]: wheel for wheel in (*wheels, *tools)}
        return {"lines": sorted(map(_pinned, wheels)), "wheels": list(files.values())}

    def _question(self, pins: Sequence[str]) -> Question:
        lines = self.wished.lines_from(self.directory)
        if self.directory is not None and not self.wished.locked:
            lines += [project.line(self.directory) for project in self.wished.projects]
        return Question(
            self.target,
            self.python,
            tuple(lines),
            self.wished.constraints,
            tuple(pins),
            with_dependencies=not self.wished.locked,
        )

    def _wheels(
        self,
        question: Question,
        hashes: Mapping[str, frozenset[str]],
        work: Path,
        there: Mapping[str, str],
    ) -> list[Wheel]:
        if not question.lines:
            return []
        chooser = Chooser(self.errand.machine, self.target, self.python, hashes)
        resolved = self._resolved(question, work)
        wanted = [each for each in resolved if there.get(each.name) != each.version]
        choice = chooser.choose(wanted, self._installed_there())
        fetched = fetch_wheels(choice.wheels, self.target, self.python, self.sources, self.errand)
        built = [
            build_wheel(package, self.python, self.sources, self.errand)
            for package in choice.to_build
        ]
        return [*fetched, *built]

    def _resolved(self, question: Question, work: Path) -> list[LockedPackage]:
        (work / "again").mkdir(parents=True)
        try:
            return resolve(question, self.sources, work, self.errand)
        except ProvisionError as error:
            if isinstance(error, Stopped) or not question.pins:
                raise
        self.errand.say("versions that were chosen before are not to be had any more")
        return resolve(replace(question, pins=()), self.sources, work / "again", self.errand)

    def _installed_there(self) -> set[Path]:
        """The directories that the machine installs out of its own copy of the code."""
        if self.directory is None:
            return set()
        return {(self.directory / project.path).resolve() for project in self.wished.projects}

    def _tools(self, work: Path) -> list[Wheel]:
        """What the machine needs to build the task's projects."""
        wheels: list[Wheel] = []
        asked: set[tuple[str, ...]] = set()
        for project in self.wished.projects:
            assert self.directory is not None, "projects need code"
            requires = build_requirements(
                self.directory / project.path,
                editable=project.editable,
                python=self.python,
                sources=self.sources,
                errand=self.errand,
            )
            if requires not in asked:
                question = Question(self.target, self.python, requires)
                wheels += self._wheels(question, {}, work / f"tools-{len(asked)}", {})
                asked.add(requires)
        return wheels


def _asked(packages: Mapping[str, object]) -> dict[str, object]:
    """What of the packages decides what they are resolved to."""
    return {
        name: packages.get(name)
        for name in ("lines", "constraints", "options", "projects", "locked")
    }


def _are_at_hand(known: Mapping[str, object], errand: Errand) -> bool:
    """Whether every wheel that was brought then is still among the blobs."""
    wheels = known.get("wheels")
    return isinstance(wheels, list) and all(is_at_hand(wheel, errand.home) for wheel in wheels)


def _pins(known: Mapping[str, object] | None) -> list[str]:
    """The versions that were chosen before."""
    lines = known.get("lines") if known else None
    return [str(line).partition(" ")[0] for line in lines] if isinstance(lines, list) else []


def _pinned(wheel: Wheel) -> str:
    project, version = project_and_version(wheel["name"])
    return f"{project}=={version} --hash=sha256:{wheel['sha256']}"
