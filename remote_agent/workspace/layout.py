"""Lay the code of a task out: from blobs to a directory that a command can run in."""

from __future__ import annotations

import os
from typing import Callable

from remote_agent.workspace.archive import unpack
from remote_agent.workspace.cache import CachedRepository
from remote_agent.workspace.failure import WorkspaceError
from remote_agent.workspace.places import make_directory_inside
from remote_agent.workspace.remote_clone import lay_out_remote, read_remote
from remote_agent.workspace.repository import restore_changes, take_objects, write_files
from remote_agent.workspace.specification import RepositorySpecification, read_specification


def lay_out(
    specification: object,
    blobs_directory: str,
    cache_directory: str,
    workspace_directory: str,
    log: Callable[[str], None],
) -> str:
    """Make the workspace with the files in it; the directory in it where the command is to run.

    What git sees there comes after, by `lay_changes_out`.

    Args:
        specification: JSON values from the laptop, not yet validated.
        blobs_directory: where the blobs that it names lie, each named by its SHA-256.
        cache_directory: kept from task to task.
        workspace_directory: must be empty or not exist; the caller removes it after an error.
        log: takes sentences about progress, for the task's log.

    Raises:
        WorkspaceError: the sentence says what is wrong with which part.
    """
    root = os.path.abspath(workspace_directory)
    os.makedirs(root, mode=0o700, exist_ok=True)
    if os.listdir(root):
        raise WorkspaceError("The workspace %s is not empty." % root)
    try:
        if is_remote(specification):
            remote = read_remote(specification["remote"])  # type: ignore[index]
            return lay_out_remote(remote, os.path.abspath(cache_directory), root, log)
        wanted = read_specification(specification)
        if wanted.archive is not None:
            archive = os.path.join(blobs_directory, wanted.archive)
            if not os.path.isfile(archive):
                raise WorkspaceError("The archive %s has not arrived." % wanted.archive[:12])
            files, size = unpack(archive, root)
            log("Unpacked %d files, %d bytes of code." % (files, size))
        else:
            for repository in wanted.repositories:
                _lay_out_one(repository, blobs_directory, cache_directory, root, log)
        return make_directory_inside(root, wanted.subdirectory)
    except OSError as error:
        raise WorkspaceError("The code could not be written to %s: %s." % (root, error)) from error


def lay_changes_out(specification: object, workspace_directory: str) -> None:
    """Make git see in each repository of the workspace what it saw on the laptop.

    Raises:
        WorkspaceError: the sentence says what is wrong with which part.
        OSError: the disk refuses.
    """
    if is_remote(specification):
        return  # there are none
    wanted = read_specification(specification)
    if wanted.archive is None:
        for repository in wanted.repositories:
            restore_changes(repository, make_directory_inside(workspace_directory, repository.path))


def is_remote(specification: object) -> bool:
    """Whether the code is to be cloned here, and was not brought."""
    return isinstance(specification, dict) and "remote" in specification


def _lay_out_one(
    wanted: RepositorySpecification,
    blobs_directory: str,
    cache_directory: str,
    root: str,
    log: Callable[[str], None],
) -> None:
    place = make_directory_inside(root, wanted.path)
    if os.listdir(place):
        raise WorkspaceError("%r in the workspace is not empty." % wanted.path)
    cached = CachedRepository(os.path.abspath(cache_directory), wanted.key, wanted.object_format)
    with cached.locked():
        cached.take_in(wanted, blobs_directory)
        take_objects(cached, place)
    write_files(wanted, place)
    log(
        "Laid out %s: %s%s."
        % (
            wanted.path or "the code",
            "commit " + wanted.head[:12] if wanted.head else "nothing committed",
            " on " + wanted.branch if wanted.branch else "",
        )
    )
