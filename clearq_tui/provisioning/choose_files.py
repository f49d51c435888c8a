"""From what was resolved to what is to be fetched, and what must be built here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from clearq_tui.provisioning.failure import ProvisionError
from clearq_tui.provisioning.lock_file import LockedFile, LockedPackage
from clearq_tui.provisioning.target import Target
from clearq_tui.provisioning.wheel_names import best_wheel


@dataclass(frozen=True)
class Choice:
    """How each package is to be had."""

    wheels: tuple[tuple[LockedPackage, LockedFile], ...]
    to_build: tuple[LockedPackage, ...]


@dataclass(frozen=True)
class Chooser:
    """For one machine, by name, and one Python."""

    machine: str
    target: Target
    python: str
    hashes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By normalized project: only files that have one of these are taken."""

    def choose(
        self, packages: Iterable[LockedPackage], installed_there: Collection[Path]
    ) -> Choice:
        """Choose a file for each package but those that the machine installs out of its code.

        Raises:
            ProvisionError: a package has no file that fits; it is named.
        """
        wheels, to_build = [], []
        for package in packages:
            if package.directory in installed_there:
                continue
            wheel = self._wheel(package)
            if wheel is not None:
                wheels.append((package, wheel))
            elif package.source or package.repository or package.directory:
                to_build.append(package)
            else:
                raise self._no_wheel(package)
        return Choice(tuple(wheels), tuple(to_build))

    def _wheel(self, package: LockedPackage) -> LockedFile | None:
        by_name = {wheel.name: wheel for wheel in package.wheels}
        name = best_wheel(by_name, self.target, self.python)
        if name is None:
            self._check_source(package)
            return None
        allowed = self.hashes.get(package.name)
        if allowed is None or by_name[name].hashes & allowed:
            return by_name[name]
        listed = [each.name for each in package.wheels if each.hashes & allowed]
        other = best_wheel(listed, self.target, self.python)
        if other is None:
            self._check_source(package)
        return by_name[other] if other else None

    def _check_source(self, package: LockedPackage) -> None:
        """See to it that what would be built is a file that the task's requirements allow."""
        allowed = self.hashes.get(package.name)
        if allowed is None or (package.source and package.source.hashes & allowed):
            return
        raise ProvisionError(
            f"No file of {package.name} {package.version} for {self.machine} ({self.target}, "
            f"Python {self.python}) has one of the hashes that the task's requirements list. "
            "Write the requirements' hashes anew, for this platform too."
        )

    def _no_wheel(self, package: LockedPackage) -> ProvisionError:
        return ProvisionError(
            f"{package.name} {package.version} has no wheel for {self.machine} ({self.target}, "
            f"Python {self.python}), and no source either. Ask for another version of it or of "
            "Python, or name an index that has one (--extra-index-url, --find-links)."
        )
