"""Have the laptop's pip fetch or build what is named by its address."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from clearq_tui.provisioning.complaints import complaint
from clearq_tui.provisioning.errand import Errand
from clearq_tui.provisioning.failure import ProvisionError
from clearq_tui.provisioning.lock_file import LockedFile
from clearq_tui.provisioning.programs import run_program
from clearq_tui.provisioning.sources import Sources

PIP = (sys.executable, "-I", "-m", "pip", "--disable-pip-version-check", "--no-input")
_STRONG = ("sha256:", "sha384:", "sha512:")
_OTHER_THAN_SAID = re.compile(r"Expected (\w+) (\w+)\s+Got\s+(\w+)")
_NEEDLESS = frozenset(
    {"PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_USER", "PIP_NO_BINARY", "PIP_ONLY_BINARY"}
)
"""What the operator says of installing on the laptop."""


def as_requirement(project: str, file: LockedFile) -> str:
    """The file as a line of a requirements file for pip, with its hashes.

    Raises:
        ProvisionError: no strong hash of it is known.
    """
    hashes = sorted(each for each in file.hashes if each.startswith(_STRONG))
    if not hashes:
        raise ProvisionError(
            f"The index does not say the SHA-256 of {file.name}, so it cannot be told from another."
        )
    below = f"#subdirectory={file.subdirectory}" if file.subdirectory else ""
    return " ".join([f"{project} @ {file.url}{below}", *(f"--hash={each}" for each in hashes)])


def call_pip(
    arguments: Sequence[str | Path],
    requirements: Iterable[str],
    sources: Sources,
    errand: Errand,
    work: Path,
    *,
    hear: Callable[[str], None],
) -> None:
    """Run pip with these requirements; `work` is a directory of this call's own.

    Raises:
        ProvisionError: pip failed; the sentence says at what.
        OSError: the disk refuses.
    """
    options = sources.for_pip
    lines = [*options.index_lines(), *(f"--trusted-host {each}" for each in options.trusted_hosts)]
    listing = work / "requirements.txt"
    listing.touch(mode=0o600)
    listing.write_text("".join(f"{line}\n" for line in (*lines, *requirements)), encoding="utf-8")
    variables = {name: value for name, value in errand.environment.items() if name not in _NEEDLESS}
    # Of the operator's configuration too, which an empty text would leave in force.
    variables["PIP_CONSTRAINT"] = "/dev/null"
    variables["PIP_REQUIRE_VIRTUALENV"] = "0"
    variables["PYTHONUNBUFFERED"] = "1"
    ended = run_program(
        [*PIP, *arguments, "--no-deps", "--requirement", listing],
        errand,
        place=work,
        variables=variables,
        hear=hear,
    )
    if ended.code:
        raise ProvisionError(_why(f"{ended.output}\n{ended.errors}", ended.errors, errand))


def _why(said: str, errors: str, errand: Errand) -> str:
    other = _OTHER_THAN_SAID.search(said)
    if other:
        kind, expected, got = other.groups()
        name = re.findall(r"(\S+) @ ", said[: other.start()])
        return (
            f"What came as {name[-1] if name else 'a package'} for {errand.machine} is not what "
            f"was announced: its {kind.upper()} is {got[:12]}…, not {expected[:12]}…. Try again; "
            "if it stays so, the index or something on the way to it alters files."
        )
    return f"Fetching for {errand.machine} failed: {complaint(errors or said)}."
