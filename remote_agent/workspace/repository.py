"""One working tree with its repository: files as they were on the laptop, git's view of them too.

The objects are hard links to the cache's packs, not borrowed through alternates: a task may run for
weeks, and what the cache forgets meanwhile must not be missing from its repository. Links cost
neither time nor space; packs are never changed once written. On another file system they are
copied.
"""

from __future__ import annotations

import os
import shutil
import time

from remote_agent.workspace.cache import CachedRepository
from remote_agent.workspace.git_directory import (
    configuration,
    make_git_directory,
    write_in_one_step,
)
from remote_agent.workspace.git_process import Git
from remote_agent.workspace.index_file import mark_files
from remote_agent.workspace.notes import Notes, read_notes
from remote_agent.workspace.specification import RepositorySpecification

_AS_STORED = b"* -text -eol -ident -filter !working-tree-encoding\n"
"""Attributes while files are written: no line end, keyword or filter may change a byte."""
_SIDE_BY_SIDE = "checkout.workers=%d" % min(8, os.cpu_count() or 1)
_LATER = 60.0
"""Seconds; more than a clock that is set back while the code is laid out."""
_AT_ONCE = 200
"""Paths on one command line."""


def take_objects(cached: CachedRepository, place: str) -> None:
    """Begin the repository in the empty directory `place`, with all objects that the cache has.

    Call while the cache's repository is locked; what follows need not be.
    """
    directory = os.path.join(place, ".git")
    make_git_directory(directory)
    origin = os.path.join(cached.path, "objects", "pack")
    for name in os.listdir(origin):
        if name.startswith("pack-"):
            copy = os.path.join(directory, "objects", "pack", name)
            try:
                os.link(os.path.join(origin, name), copy)
            except OSError:
                shutil.copyfile(os.path.join(origin, name), copy)


def write_files(wanted: RepositorySpecification, place: str) -> None:
    """Fill `place`, which `take_objects` has begun, with the files as they were on the laptop.

    Raises:
        WorkspaceError: git cannot read what the cache had.
    """
    directory = os.path.join(place, ".git")
    if wanted.head is not None:
        write_in_one_step(os.path.join(directory, "shallow"), wanted.head.encode() + b"\n")
    write_in_one_step(
        os.path.join(directory, "config"), configuration(wanted.object_format, bare=False)
    )
    attributes = os.path.join(directory, "info", "attributes")
    write_in_one_step(attributes, _AS_STORED)
    git = Git(directory, place)
    git.run(["-c", _SIDE_BY_SIDE, "read-tree", "--reset", "-u", wanted.worktree])
    if wanted.index is None:
        shutil.rmtree(directory)


def restore_changes(wanted: RepositorySpecification, place: str) -> None:
    """Make git see in `place` what it saw on the laptop: its branch, what is staged, what is not.

    Raises:
        WorkspaceError: git cannot read what the cache had.
    """
    if wanted.index is None:
        return
    directory = os.path.join(place, ".git")
    git = Git(directory, place)
    notes = read_notes(git.run(["cat-file", "commit", wanted.worktree]))
    # Files as young as the index would be read again, all of them; nobody has touched these.
    later = time.time() + _LATER
    os.utime(os.path.join(directory, "index"), (later, later))
    git.run(["read-tree", "--reset", wanted.index])
    _write_head(wanted, directory)
    write_in_one_step(
        os.path.join(directory, "config"),
        configuration(wanted.object_format, False, wanted.remote_url, notes.settings),
    )
    os.unlink(os.path.join(directory, "info", "attributes"))
    _mark(wanted, git, directory, place, notes)


def _write_head(wanted: RepositorySpecification, directory: str) -> None:
    """HEAD on the operator's own commit and branch."""
    if wanted.branch is None:
        assert wanted.head is not None, "the specification was validated"
        head = wanted.head.encode()
    else:
        branch = b"refs/heads/" + os.fsencode(wanted.branch)
        head = b"ref: " + branch
        if wanted.head is not None:
            # Packed, so that a branch name never becomes a path.
            packed = wanted.head.encode() + b" " + branch + b"\n"
            write_in_one_step(os.path.join(directory, "packed-refs"), packed)
    write_in_one_step(os.path.join(directory, "HEAD"), head + b"\n")


def _mark(
    wanted: RepositorySpecification, git: Git, directory: str, place: str, notes: Notes
) -> None:
    """What the files alone cannot tell git."""
    for start in range(0, len(notes.intended), _AT_ONCE):
        # As arguments, because reading paths from a file needs a git of 2020.
        paths = [os.fsdecode(path) for path in notes.intended[start : start + _AT_ONCE]]
        git.run(["--literal-pathspecs", "add", "-N", "-f", "--", *paths])
    if notes.skipped:
        git.run(
            ["update-index", "-z", "--skip-worktree", "--stdin"],
            b"".join(path + b"\0" for path in notes.skipped),
        )
    if notes.clean or notes.dirty:
        mark_files(
            os.path.join(directory, "index"),
            place,
            wanted.object_format,
            frozenset(notes.clean),
            frozenset(notes.dirty),
        )
