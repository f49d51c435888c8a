"""The options that say which code a task brings, or names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from clearq_tui.cli.gathered_options import gathered
from clearq_tui.cli.session import Session
from clearq_tui.cli.terminal import warn

_OPTIONS = (
    click.option(
        "--no-code", is_flag=True, help="Bring no code: the command runs in an empty place."
    ),
    click.option(
        "-C",
        "--directory",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        default=Path(),
        show_default="the current one",
        help="Bring the code around this directory and run there.",
    ),
    click.option(
        "--file-alone",
        "alone",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="Bring this one file, and nothing that lies around it.",
    ),
    click.option(
        "--clone",
        "url",
        metavar="URL",
        help="Bring no code: the machine clones this repository, with submodules and LFS.",
    ),
    click.option("--ref", default="", help="Its branch, tag or commit; as it is now."),
    click.option("--subdirectory", default="", metavar="PATH", help="Where in it to run."),
)


@dataclass(frozen=True)
class AskedCode:
    """What the options said."""

    no_code: bool
    directory: Path
    alone: Path | None
    url: str | None
    ref: str
    subdirectory: str

    def taken(self, session: Session) -> str:
        """What the task keeps of its code, as JSON; empty: it brings none.

        Raises:
            CaptureError: it cannot be captured, or the remote repository cannot be asked.
            click.UsageError: the options contradict each other.
        """
        if sum(map(bool, (self.no_code, self.alone, self.url))) > 1:
            raise click.UsageError("Say one of --no-code, --file-alone and --clone.")
        if self.no_code:
            return ""
        from clearq_tui.capture import capture, resolve_remote

        if self.url:
            return resolve_remote(self.url, self.ref, self.subdirectory).to_json()
        snapshot = capture(
            self.alone or self.directory, session.home.snapshots, alone=self.alone is not None
        )
        for warning in snapshot.warnings:
            warn(warning)
        return snapshot.to_json()


@contextmanager
def files_of(code: AskedCode, kept: str) -> Iterator[Path]:
    """The directory where the command will run, as far as there is one on this laptop.

    Raises:
        CaptureError: the remote repository cannot be read.
    """
    if not code.url:
        yield code.alone.parent if code.alone else code.directory
        return
    from clearq_tui.capture import RemoteCode, code_from_json, fetch_files

    remote = code_from_json(kept)
    assert isinstance(remote, RemoteCode)
    with TemporaryDirectory(prefix="clearq-") as place:
        yield fetch_files(remote, Path(place))


code_options = gathered(_OPTIONS, AskedCode, "code")
"""Gives a command the options; it gets them as the argument `code`."""
