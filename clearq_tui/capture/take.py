"""Capture: a working tree, everything in it that counts, at one moment."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from clearq_tui.capture.commit_writer import Written, write_commits
from clearq_tui.capture.difference import Difference, compare
from clearq_tui.capture.failure import CaptureError
from clearq_tui.capture.file_hashes import FileHashes, HashMemory
from clearq_tui.capture.git_process import run_git
from clearq_tui.capture.listing import GITLINK, Listing, list_files, parse_listing
from clearq_tui.capture.locate import WorkingTree, find_working_tree, repository_key
from clearq_tui.capture.notes import write_notes
from clearq_tui.capture.packing import store_snapshot
from clearq_tui.capture.snapshot import Counts, Repository, Snapshot
from clearq_tui.capture.snapshot_store import store_of
from clearq_tui.capture.staging import copy_index, parse_staged, start_staged
from clearq_tui.capture.warnings import printable, size_warnings

_MOST_PLAIN_FILES = 20_000


@dataclass
class _Taking:
    """What has been captured so far."""

    snapshots: Path
    repositories: list[Repository] = field(default_factory=list)
    untracked: dict[str, int] = field(default_factory=dict)
    counts: Counts = field(default_factory=Counts)
    root_listing: Listing | None = None

    def add(self, repository: Repository, difference: Difference, staged: int) -> None:
        self.repositories.append(repository)
        for path, size in difference.untracked.items():
            self.untracked[_joined(repository.path, path)] = size
        self.counts = Counts(
            self.counts.staged + staged,
            self.counts.unstaged + difference.unstaged,
            self.counts.untracked + len(difference.untracked),
        )


def capture(directory_or_script: Path, snapshots: Path, *, alone: bool = False) -> Snapshot:
    """Take a snapshot of the code around `directory_or_script`.

    In a git working tree that is the whole repository with its submodules; elsewhere the directory.
    A script outside git, or any script when `alone` is true, is captured as that one file. Nothing
    of the operator's is written to, and nothing of theirs (hooks, filters) is run. When this
    returns, the snapshot is complete: later edits, rebases and clean-ups do not reach it.

    Raises:
        CaptureError: the sentence says what cannot be captured and what to do.
    """
    place = directory_or_script.absolute()
    if not place.exists():
        raise CaptureError(f"{place} does not exist.")
    try:
        snapshots.mkdir(mode=0o700, parents=True, exist_ok=True)
        return _capture(place, snapshots.resolve(), alone=alone)
    except OSError as error:
        raise CaptureError(f"The code in {place} could not be captured: {error}.") from error


def _capture(place: Path, snapshots: Path, *, alone: bool) -> Snapshot:
    taking = _Taking(snapshots)
    directory = (place if place.is_dir() else place.parent).resolve()
    only = None if place.is_dir() else place.name
    tree = None if alone and only else find_working_tree(directory)
    if tree is None:
        _take_plain(taking, directory, only, "")
    else:
        _take_repository(taking, tree, "")
    inside = Path() if tree is None else directory.relative_to(tree.top.resolve())
    ignored = _warn_if_ignored(taking, inside, only) if tree is not None else ()
    return Snapshot(
        repositories=tuple(taking.repositories),
        subdirectory="" if inside == Path() else os.fspath(inside),
        warnings=(*ignored, *size_warnings(taking.untracked)),
        counts=taking.counts,
    )


def _warn_if_ignored(taking: _Taking, inside: Path, only: str | None) -> tuple[str, ...]:
    """Say so when what the operator pointed at does not travel.

    Raises:
        CaptureError: they named a script, and git ignores it.
    """
    listing = taking.root_listing
    assert listing is not None, "the root was captured"
    if only is not None and not listing.has(os.fsencode(inside / only)):
        raise CaptureError(
            f"git ignores {printable(os.fspath(inside / only))}, so it would not travel; "
            "add it with `git add --force`, or capture it alone."
        )
    if inside != Path() and not listing.has_below(os.fsencode(inside)):
        return (
            f"Nothing in {printable(os.fspath(inside))} travels: it is empty, or git ignores it.",
        )
    return ()


def _take_repository(taking: _Taking, tree: WorkingTree, path: str) -> None:
    """Capture one working tree and, after it, the repositories inside it."""
    store = store_of(taking.snapshots, tree.key, tree.object_format)
    store.prepare()
    if tree.is_partial:
        store.accept_missing_objects()
    with store.incoming([tree.objects], tree.head) as incoming:
        index = incoming / "index"
        copy_index(tree, index)
        staging = start_staged(tree, index)
        try:
            listing = list_files(tree, index).without(taking.snapshots, tree.top)
            taking.root_listing = taking.root_listing or listing
            modules = _inner_repositories(tree.top, _module_paths(listing))
            memory = HashMemory(store.path, tree.top)
            hashes = FileHashes(os.fsencode(tree.top), tree.object_format, memory.recall())
            heads = {inner: module.head for inner, module in modules.items()}
            difference = compare(listing, hashes, heads, keeps_modes=tree.keeps_modes)
            notes = write_notes(difference, listing, tree.settings)
            staged = parse_staged(staging.finish())
            written = write_commits(incoming, tree.top, tree.head, staged, difference, notes)
        finally:
            staging.abandon()
        store_snapshot(store, incoming, written.worktree, tree.head)
    memory.keep(hashes.learnt)
    taking.add(_described(tree, path, written), difference, len(staged))
    for inner, module in modules.items():
        _take_repository(taking, module, _joined(path, inner))
    for inner in _module_paths(listing):
        if inner not in modules and _has_files(tree.top / os.fsdecode(inner)):
            # A submodule's place with files and no repository: git sees none of them.
            _take_plain(taking, tree.top / os.fsdecode(inner), None, _joined(path, inner))


def _take_plain(taking: _Taking, directory: Path, only: str | None, path: str) -> None:
    """Capture a directory without git, or the one file `only` in it."""
    key = repository_key(directory / only if only else directory, "plain")
    store = store_of(taking.snapshots, key, "sha1")
    store.prepare()
    with store.incoming([], None) as incoming:
        if only is None:
            listing = _plain_files(directory, incoming).without(taking.snapshots, directory)
            _refuse_too_much(directory, listing)
        else:
            listing = Listing({}, frozenset(), frozenset(), (os.fsencode(only),), ())
        memory = HashMemory(store.path, directory)
        hashes = FileHashes(os.fsencode(directory), "sha1", memory.recall())
        difference = compare(listing, hashes, {}, keeps_modes=True)
        notes = write_notes(difference, listing, {})
        written = write_commits(incoming, directory, None, None, difference, notes)
        store_snapshot(store, incoming, written.worktree, None)
    memory.keep(hashes.learnt)
    plain = Repository(path, key, None, None, written.worktree, None, None, "sha1")
    taking.add(plain, difference, 0)
    for inner, module in _inner_repositories(directory, listing.nested).items():
        _take_repository(taking, module, _joined(path, inner))


def _plain_files(directory: Path, incoming: Path) -> Listing:
    """Files below a directory without git; a .gitignore in it is heeded all the same."""
    output = run_git(
        directory,
        ["ls-files", "-z", "-t", "-o", "--exclude-standard"],
        environment={
            "GIT_DIR": os.fspath(incoming),
            "GIT_WORK_TREE": os.fspath(directory),
            "GIT_INDEX_FILE": os.fspath(incoming / "index"),
        },
    )
    return parse_listing(output, directory)


def _refuse_too_much(directory: Path, listing: Listing) -> None:
    """A home directory is captured by mistake; a repository of this size is one on purpose."""
    if len(listing.untracked) > _MOST_PLAIN_FILES:
        raise CaptureError(
            f"{directory} is under no version control and holds {len(listing.untracked)} files, "
            f"more than {_MOST_PLAIN_FILES}; stand in the code's own directory, list what is not "
            "code in a .gitignore, or run `git init` to have all of it captured."
        )


def _described(tree: WorkingTree, path: str, written: Written) -> Repository:
    return Repository(
        path=path,
        key=tree.key,
        head=tree.head,
        index=written.index,
        worktree=written.worktree,
        branch=tree.branch,
        remote_url=tree.remote_url,
        object_format=tree.object_format,
    )


def _module_paths(listing: Listing) -> list[bytes]:
    gitlinks = [path for path, entry in listing.tracked.items() if entry.mode == GITLINK]
    return sorted([*gitlinks, *listing.nested])


def _inner_repositories(top: Path, paths: Iterable[bytes]) -> dict[bytes, WorkingTree]:
    """Which of `paths` are repositories that are checked out: submodules and untracked ones."""
    found = {}
    for path in paths:
        place = top / os.fsdecode(path)
        if place.resolve() == top.resolve() / os.fsdecode(path) and os.path.lexists(place / ".git"):
            inner = find_working_tree(place)
            if inner is not None and inner.top.resolve() == place.resolve():
                found[path] = inner
    return found


def _has_files(place: Path) -> bool:
    return place.is_dir() and not place.is_symlink() and any(place.iterdir())


def _joined(path: str, inner: bytes) -> str:
    """`inner` below `path`, which is empty for the root."""
    return f"{path}/{os.fsdecode(inner)}" if path else os.fsdecode(inner)
